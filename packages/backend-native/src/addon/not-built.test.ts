import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readNotBuilt } from "./not-built.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dylora-addon-"));
  cpSync(join(home, "scripts"), join(dir, "scripts"), { recursive: true });
  symlinkSync(join(home, "node_modules"), join(dir, "node_modules"));
  mkdirSync(join(dir, "native"));
  writeFileSync(join(dir, "package.json"), "{}");
  writeFileSync(join(dir, "native", "addon.cpp"), "int broken( {\n");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const record = () => join(dir, "build", "not-built.json");

/** A compiler whose words and status are given. */
function compiler(says: string, status: number): string {
  const file = join(dir, "compiler.sh");
  const probes = 'for word in "$@"; do case "$word" in --version|-fsyntax-only|/dev/null) exit 0;; esac; done';
  writeFileSync(file, `#!/bin/sh\n${probes}\necho "${says}" >&2\nexit ${status}\n`, { mode: 0o755 });
  return file;
}

function install(env: Record<string, string>): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(dir, "scripts", "build.mjs"), "--optional"], {
    encoding: "utf8",
    env: { ...process.env, DNNL_ROOT: "", ...env },
  });
  return { status, stderr };
}

test.skipIf(process.platform === "win32")("a failed compile is no failed install; its words are kept", () => {
  const CXX = compiler("addon.cpp:1:5: error: expected a type\nmore words", 1);
  const { status, stderr } = install({ CXX });
  expect(status).toBe(0);
  expect(stderr).toMatch(/is not built: .* could not compile it; mend what the compiler says/);
  expect(JSON.parse(readFileSync(record(), "utf8")).output).toContain("more words");
  expect(readNotBuilt(record())?.reason).toContain("could not compile it: addon.cpp:1:5: error: expected a type");
});

test.skipIf(process.platform === "win32")("without a compiler the packages are named", () => {
  expect(install({ PATH: "/nowhere", CXX: "" }).status).toBe(0);
  expect(readNotBuilt(record())).toMatchObject({
    reason: "no C++ compiler was found",
    remedy: expect.stringContaining("apt-get install g++ libdnnl-dev"),
  });
});

test("no record, and one that is none, say nothing", () => {
  expect(existsSync(record())).toBe(false);
  expect(readNotBuilt(record())).toBeUndefined();
  writeFileSync(join(dir, "broken.json"), "{");
  expect(readNotBuilt(join(dir, "broken.json"))).toBeUndefined();
});
