import { expect, test } from "vitest";
import { publicCommand, publicPath, publicSetting } from "./public-path.ts";

const from = "/home/alice/project";

test.skipIf(process.platform === "win32")("paths are named from where the command was typed", () => {
  for (const [path, shown] of [
    ["/home/alice/project/runs/a", "runs/a"],
    ["/home/alice/project", "."],
    ["/home/alice/models/roberta", "../models/roberta"],
    ["runs/a", "runs/a"],
    ["../elsewhere", "../elsewhere"],
    ["roberta-base", "roberta-base"],
    ["FacebookAI/roberta-base", "FacebookAI/roberta-base"],
  ] as const) {
    expect(publicPath(path, from)).toBe(shown);
  }
});

test.skipIf(process.platform === "win32")("no name of a person or a machine's folder is given away", () => {
  for (const path of ["/home/bob/models/roberta", "/srv/secret-client/roberta", "/roberta", "/home/alice-2/roberta"]) {
    expect(publicPath(path, from)).toBe("path/to/roberta");
  }
  expect(publicPath("/root/models/roberta", "/root/project")).toBe("path/to/roberta");
  expect(publicPath("/data/models/roberta", "/")).toBe("data/models/roberta");
});

test.skipIf(process.platform === "win32")("the paths among a command's arguments", () => {
  expect(
    publicCommand(["dylora", "sweep", "/home/alice/project/runs/a", "--config=/etc/it/c.yaml", "--epsilon=0.01"], from),
  ).toEqual(["dylora", "sweep", "runs/a", "--config=path/to/c.yaml", "--epsilon=0.01"]);
});

test("settings that are paths are public; a regular expression of targets is no path", () => {
  expect(publicSetting("base", "/srv/models/roberta")).toBe("path/to/roberta");
  expect(publicSetting("targets", "/query|value/")).toBe("/query|value/");
  expect(publicSetting("rank", 8)).toBe(8);
});
