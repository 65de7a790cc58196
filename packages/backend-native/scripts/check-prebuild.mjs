// Proves that a prebuilt addon serves a machine with neither compiler nor oneDNN: the package as it is published goes to
// an empty folder; there the install step finds nothing to do, and the addon multiplies with no library of oneDNN's from
// anywhere else.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folder } from "./compile.mjs";

const program = `
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const require = createRequire(process.cwd() + "/");
const file = require("node-gyp-build").path(process.cwd());
const addon = require(file);
addon.setThreads(1);
const [a, y] = [Float32Array.of(1, 2, 3, 4, 5, 6), new Float32Array(4)];
addon.multiply(1, 2, 2, 3, a, false, a, false, y);
const packed = addon.pack(a, 3, 2, false, false);
const z = new Float32Array(4);
addon.applyPacked(packed, false, 2, a, null, z);
const mapped = [...new Set(readFileSync("/proc/self/maps", "utf8").match(/\\/\\S+\\.(so|node)\\S*/g))];
console.log(JSON.stringify({ file, detail: addon.describe().detail, y: [...y], z: [...z], mapped }));
`;

const home = realpathSync(mkdtempSync(join(tmpdir(), "dylora-prebuilt-")));
try {
  const alone = join(home, "package");
  const modules = join(alone, "node_modules");
  for (const name of ["package.json", "scripts", "prebuilds"])
    cpSync(join(folder, name), join(alone, name), { recursive: true });
  const gypBuild = dirname(createRequire(import.meta.url).resolve("node-gyp-build/package.json"));
  cpSync(realpathSync(gypBuild), join(modules, "node-gyp-build"), { recursive: true });
  mkdirSync(join(home, "bin"));
  symlinkSync(process.execPath, join(home, "bin", "node"));
  const node = (...args) => spawnSync("node", args, { cwd: alone, encoding: "utf8", env: { PATH: join(home, "bin") } });

  const install = node("scripts/build.mjs", "--optional");
  assert.deepEqual([install.status, install.stderr, existsSync(join(alone, "build"))], [0, "", false]);

  const run = node("--input-type=module", "--eval", program);
  assert.equal(run.stderr, "");
  const { file, detail, y, z, mapped } = JSON.parse(run.stdout);
  assert.ok(file.startsWith(join(alone, "prebuilds")), `${file} was loaded`);
  assert.deepEqual(
    [y, z],
    [
      [22, 28, 49, 64],
      [22, 28, 49, 64],
    ],
  );
  const elsewhere = mapped.filter((path) => /dnnl|OpenCL/.test(path) && !path.startsWith(alone));
  assert.deepEqual(elsewhere, [], "libraries from outside of the package");
  console.log(`the prebuilt addon loads and multiplies where there is nothing else: ${detail}`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
