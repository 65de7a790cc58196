// The package that `pnpm new:package` writes passes what every package passes, in a copy of the workspace.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Compilers and test runners of their own; on a busy machine they take their time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const root = join(import.meta.dirname, "..");
const name = "trial-metric";
let copy = "";
let folder = "";

const node = (cwd: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
};
const tool = (path: string) => join(root, "node_modules", path);
const passes = { status: 0 };

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "dylora-new-package-"));
  folder = join(copy, "packages", name);
  const files = [
    "package.json",
    "tsconfig.base.json",
    "biome.json",
    "vitest.config.ts",
    "typedoc.config.mjs",
    ".gitignore",
  ];
  for (const path of [...files, "scripts", ".changeset", "packages/errors"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: (from) => !/node_modules|dist$/.test(from) });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  expect(node(copy, "scripts/new-package.mjs", name)).toMatchObject(passes);
  // What pnpm install would link.
  mkdirSync(join(folder, "node_modules", "@dylora"), { recursive: true });
  symlinkSync(join(copy, "packages", "errors"), join(folder, "node_modules", "@dylora", "errors"), "junction");
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test("its types, lint and boundaries are clean", () => {
  expect(node(folder, tool("typescript/bin/tsc"), "-p", ".", "--noEmit")).toMatchObject(passes);
  expect(node(copy, tool("@biomejs/biome/bin/biome"), "check", ".")).toMatchObject(passes);
  expect(node(copy, "scripts/check-boundaries.mjs")).toMatchObject(passes);
});

test("its tests pass, and fail when the code is wrong", () => {
  const vitest = () => node(copy, tool("vitest/vitest.mjs"), "run", "--root", copy, `packages/${name}/`);
  expect(vitest()).toMatchObject({ status: 0, output: expect.stringMatching(/4 passed/) });
  const source = join(folder, "src", "round-up.ts");
  const right = readFileSync(source, "utf8");
  writeFileSync(source, right.replace("Math.ceil", "Math.floor"));
  expect(vitest()).toMatchObject({ status: 1, output: expect.stringMatching(/1 failed/) });
  writeFileSync(source, right);
});

test("it builds into what its package.json points at", () => {
  const build = tool("tsdown/dist/run.mjs");
  expect(node(join(copy, "packages", "errors"), build)).toMatchObject(passes);
  expect(node(folder, build)).toMatchObject(passes);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(readFileSync(join(folder, exports["."].types), "utf8")).toContain("roundUp");
  const use = `import { roundUp } from "@dylora/${name}"; console.log(roundUp(5, 4));`;
  expect(node(folder, "--input-type=module", "-e", use)).toEqual({ status: 0, output: "8\n" });
});

test("it is listed for release, API pages and boundaries", () => {
  expect(readFileSync(join(copy, ".changeset", `new-${name}.md`), "utf8")).toContain(`"@dylora/${name}": minor`);
  const site = node(copy, "--input-type=module", "-e", 'console.log((await import("./typedoc.config.mjs")).default)');
  expect(site).toMatchObject({ status: 0, output: expect.stringContaining(folder) });
  expect(JSON.parse(readFileSync(join(copy, "scripts", "boundaries.json"), "utf8"))[name]).toEqual(["errors"]);
});

test.each([["Upper"], [""], ["errors"], ["../out"]])("refuses the name %j", (bad) => {
  const { status, output } = node(copy, "scripts/new-package.mjs", bad);
  expect(status).toBe(2);
  expect(output).toMatch(/usage: pnpm new:package|there already/);
});
