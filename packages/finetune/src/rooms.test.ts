import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));

/** Folders by the lines of the README, the lowest first. */
const floors = [...readFileSync(join(home, "README.md"), "utf8").matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) \| /gm)].map(
  ([, names = ""]) => names.replaceAll("`", "").split(", "),
);
const floorOf = (folder: string): number => floors.findIndex((names) => names.includes(folder));

const files = readdirSync(join(home, "src"), { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /^\w+\/.*\.ts$/.test(path) && !path.endsWith(".test.ts"));

test("the README lists every folder once", () => {
  const folders = new Set(files.map((path) => path.split("/")[0] ?? ""));
  expect(floors.flat().sort()).toEqual([...folders].sort());
});

test("a file imports from its own folder or from one that the README lists above it", () => {
  const wrong = files.flatMap((path) => {
    const [room = ""] = path.split("/");
    const text = readFileSync(join(home, "src", path), "utf8");
    return [...text.matchAll(/(?:from|import\() ?"\.\.\/(\w+)\/[^"]*"/g)]
      .filter(([, other = ""]) => other !== room && !(floorOf(other) >= 0 && floorOf(other) < floorOf(room)))
      .map(([, other]) => `${path} imports from ${other}`);
  });
  expect(files.length).toBeGreaterThan(80);
  expect(wrong).toEqual([]);
});
