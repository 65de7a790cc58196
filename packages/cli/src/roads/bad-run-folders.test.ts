import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";
import { trainAndExport } from "../fixtures/train-and-export.ts";

let sample: TinySample;
let run: string;
let exported: string;
beforeAll(async () => {
  sample = await makeTinySample();
  ({ run, exported } = await trainAndExport(sample, 4));
});
afterAll(() => sample.remove());

describe("the output", () => {
  test("a folder that is not empty", async () => {
    const args = ["--base", sample.model, "--task", sample.task, "--out", sample.dir];
    expectRefused(await runCli(["train", ...args]), /is not empty.*--overwrite/);
    expectRefused(await runCli(["export", run, "--rank", "1", "--out", sample.dir]), /is not empty.*--overwrite/);
    expectRefused(await runCli(["compare", ...args]), /is not empty.*--overwrite/);
  });
  test("a quickstart does not replace what is not its own", async () => {
    const [dir, out] = [join(sample.dir, "sample"), join(sample.dir, "theirs")];
    await cp(join(sample.dir, "data"), join(dir, "data"), { recursive: true });
    await mkdir(out);
    await writeFile(join(out, "notes.txt"), "mine");
    expectRefused(await runCli(["quickstart", "--dir", dir, "--out", out]), /is not empty/);
  });
  test("a file", async () => {
    const file = join(sample.dir, "file");
    await writeFile(file, "");
    const args = ["--base", sample.model, "--task", sample.task, "--out", file];
    expectRefused(await runCli(["train", ...args]), /is a file, not a folder/);
  });
});

describe("run folders and adapters", () => {
  test("no folder", async () =>
    expectRefused(await runCli(["export", "none", "--rank", "1", "--out", sample.out("x")]), /no such folder/));
  test("a folder of something else", async () => {
    expectRefused(
      await runCli(["export", sample.model, "--rank", "1", "--out", sample.out("x")]),
      /neither a run folder/,
    );
    expectRefused(await runCli(["sweep", sample.model]), /no run folder/);
    expectRefused(await runCli(["train", "--resume", "--out", sample.model]), /no run folder/);
  });
  test("ranks that it has not", async () => {
    expectRefused(
      await runCli(["export", run, "--rank", "5", "--out", sample.out("x")]),
      /rank 5: it must be .* from 1 to 4/,
    );
    expectRefused(await runCli(["export", run, "--rank", "0", "--out", sample.out("x")]), /--rank is 0/);
    expectRefused(await runCli(["sweep", run, "--ranks", "1-5"]), /--ranks has rank 5/);
    const files = ["--input", "-", "--output", "-"];
    expectRefused(await runCli(["predict", "--adapter", exported, "--rank", "5", ...files]), /rank 5/);
  });
  test("a split that it has not", async () => {
    expectRefused(await runCli(["sweep", run, "--split", "test"]), /no split "test"/);
  });
  test("a pickled adapter", async () => {
    const dir = join(sample.dir, "pickled");
    await mkdir(dir);
    await cp(join(exported, "adapter_config.json"), join(dir, "adapter_config.json"));
    await writeFile(join(dir, "adapter_model.bin"), "PK");
    expectRefused(await runCli(["export", dir, "--rank", "1", "--out", sample.out("x")]), /adapter_model\.bin/);
  });
  test("a base that the adapter does not fit", async () => {
    const quickstart = fileURLToPath(new URL("../../../../examples/quickstart/model", import.meta.url));
    const args = ["export", exported, "--base", quickstart, "--rank", "1", "--out", join(sample.dir, "misfit")];
    expectRefused(await runCli(args), /the model needs/);
  });
  test("a record that was damaged", async () => {
    const dir = join(sample.dir, "damaged");
    await cp(run, dir, { recursive: true });
    await writeFile(join(dir, "run.json"), '{"format": "dylora-run", "version": 1}');
    expectRefused(await runCli(["sweep", dir]), /run\.json: created/);
    await writeFile(join(dir, "run.json"), "{");
    expectRefused(await runCli(["sweep", dir]), /run\.json is not JSON/);
  });
  test("no checkpoint", async () => {
    const dir = join(sample.dir, "unfinished");
    await cp(run, dir, { recursive: true });
    await rm(join(dir, "checkpoint"), { recursive: true });
    expectRefused(await runCli(["sweep", dir]), /no checkpoint yet.*--resume/);
  });
});

describe("lines to predict", () => {
  const refused = async (line: string, message: RegExp) => {
    const args = ["predict", "--adapter", exported, "--input", "-", "--output", "-"];
    expectRefused(await runCli(args, { input: `{"text": "good"}\n${line}\n` }), message);
  };
  const cases: [string, string, RegExp][] = [
    ["not JSON", "{", /standard input, line 2: not JSON/],
    ["no object", "[1]", /line 2: a line is an object/],
    ["neither form", '{"sentence": "a"}', /line 2: none of input_ids/],
    ["both forms", '{"text": "a", "input_ids": [1]}', /line 2: .*not both/],
    ["no tokens", '{"input_ids": []}', /line 2: "input_ids" must be/],
    ["a token that the model has not", '{"input_ids": [0, 99]}', /line 2: "input_ids" holds 99/],
    ["too many tokens", `{"input_ids": [${Array(22).fill(4)}]}`, /line 2: .*at most 21/],
    ["a mask of another length", '{"input_ids": [1, 2], "attention_mask": [1]}', /line 2: "attention_mask"/],
    ["a mask of other numbers", '{"input_ids": [1, 2], "attention_mask": [1, 0.5]}', /line 2: .*only 0 and 1/],
    ["a mask that hides all", '{"input_ids": [1, 2], "attention_mask": [0, 0]}', /line 2: .*hides every token/],
    ["a text that is none", '{"text": 5}', /line 2: "text" must be a text/],
    ["a pair that is none", '{"text": "a", "text_pair": 5}', /line 2: "text_pair"/],
  ];
  test.each(cases)("%s", (_, line, message) => refused(line, message));

  test("nothing", async () => {
    const args = ["predict", "--adapter", exported, "--input", "-", "--output", "-"];
    expectRefused(await runCli(args), /holds no lines/);
  });
  test("a file that is not there", async () => {
    const args = ["predict", "--adapter", exported, "--input", "none.jsonl", "--output", "-"];
    expectRefused(await runCli(args), /--input none\.jsonl does not exist/);
  });
  test("a rank without an adapter", async () => {
    const args = ["predict", "--base", sample.model, "--rank", "1", "--input", "-", "--output", "-"];
    expectRefused(await runCli(args), /--rank needs --adapter/);
  });
  test("another number of labels", async () => {
    const args = ["predict", "--adapter", exported, "--num-labels", "3", "--input", "-", "--output", "-"];
    expectRefused(await runCli(args), /--num-labels is 3; the head has 2 outputs/);
  });
});

test("--json gives the error as JSON, --debug the stack trace", async () => {
  const args = ["export", run, "--rank", "9", "--out", sample.out("x")];
  const json = await runCli([...args, "--json"]);
  expect(json.code).toBe(2);
  expect(json.json()).toMatchObject({ error: { code: "rank_out_of_range" } });
  expect((await runCli([...args, "--debug"])).err).toMatch(/^\s+at /m);
});
