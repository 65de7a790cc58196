import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const home = fileURLToPath(new URL("../..", import.meta.url));
const sources = readdirSync(`${home}/native`, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.(cpp|hpp|inc)$/.test(path));

/** Our own files that a file includes, by their paths in native/. */
const includes = new Map(
  sources.map((path) => {
    const text = readFileSync(`${home}/native/${path}`, "utf8");
    return [path, [...text.matchAll(/^#include "(.+)"$/gm)].map(([, file = ""]) => file)] as const;
  }),
);

/** Folders in the order in which the README has them, the lowest first. */
const floors = [...readFileSync(`${home}/README.md`, "utf8").matchAll(/^\| (`.+`) \| /gm)].flatMap(([, names = ""]) =>
  names.replaceAll("`", "").split(", "),
);

const floorOf = (path: string): number => floors.indexOf(path.split("/")[0] ?? "");
/** A source file, its header and what it includes in several forms count as one. */
const unitOf = (path: string): string => path.replace(/\.\w+$/, "");

test("every include names a file of this folder or of one below, as the README lists them", () => {
  const wrong = [...includes].flatMap(([path, files]) =>
    files
      .filter((file) => !includes.has(file) || floorOf(file) < 0 || floorOf(file) > floorOf(path))
      .map((file) => `${path} includes ${file}`),
  );
  expect(includes.size).toBeGreaterThan(60);
  expect(wrong).toEqual([]);
});

test("no two units of the addon include each other", () => {
  const below = new Map<string, Set<string>>();
  for (const [path, files] of includes) {
    const unit = unitOf(path);
    const others = files.map(unitOf).filter((other) => other !== unit);
    below.set(unit, new Set([...(below.get(unit) ?? []), ...others]));
  }
  const done = new Set<string>();
  const visit = (unit: string, above: readonly string[]): void => {
    expect(above, [...above, unit].join(" includes ")).not.toContain(unit);
    if (done.has(unit)) return;
    for (const other of below.get(unit) ?? []) visit(other, [...above, unit]);
    done.add(unit);
  };
  for (const unit of below.keys()) visit(unit, []);
});
