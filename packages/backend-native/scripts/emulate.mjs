// Runs the package's tests on emulated CPUs: the code for AVX-512, its bfloat16 and AMX, on a CPU that has AVX2 alone. The
// addon is compiled with emulation/ in the place of intrinsics and of oneDNN's choice of code, and with sanitizers; it lies
// in a folder of its own, and nobody else loads it. Arguments go to vitest; DYLORA_EMULATED_CPU (amx, bf16 or avx512) names
// one CPU. Without SIMDe (Debian: libsimde-dev) it says so, and that is all.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findCompiler, folder, native, sourcesIn } from "./compile.mjs";
import { runSuite, sanitizedAddon } from "./sanitized-suite.mjs";

/** What the addon says of each CPU. */
const names = { amx: "AMX", bf16: "AVX-512 bf16", avx512: "AVX-512" };
/** Tests of what is not written for an instruction set: `sanitize` runs them. */
const elsewhere = ["adamw", "copy-kernels", "elementwise-kernels", "includes", "leaks", "reduction-kernels"];
/** Tests of what the lesser CPUs do in their own way: products of few rows. */
const fewRows = ["frozen-matrix", "generation"];

function skip(reason) {
  console.log(`the native backend was not tested on emulated CPUs: ${reason}`);
  process.exit(0);
}

const from = join(folder, "build", "emulated", "native");
const flags = ["-include", join(from, "forced.hpp"), "-mavx2", "-mfma", "-mbmi2", "-Wno-psabi"];

/** Both folders' sources, without the lines that let the compiler use instructions which this CPU may not have. */
function writeSources() {
  rmSync(from, { recursive: true, force: true });
  const target = /^#pragma GCC target\(".*\b(avx512|amx).*"\)$/gm;
  for (const home of [native, join(folder, "emulation")]) {
    for (const name of sourcesIn(home)) {
      if (name === "cpu/tiles.cpp") continue; // emulation/cpu.cpp is in its place
      mkdirSync(dirname(join(from, name)), { recursive: true });
      writeFileSync(join(from, name), readFileSync(join(home, name), "utf8").replace(target, ""));
    }
  }
}

/** Fails unless the addon takes itself to be on that CPU. */
function expectCpu(addon, cpu) {
  const program = "console.log(require(process.argv[1]).describe().detail)";
  const options = { encoding: "utf8", env: addon.env };
  const { stdout, stderr } = spawnSync(process.execPath, ["--eval", program, addon.target], options);
  if (names[cpu] === undefined || !stdout.includes(`, ${names[cpu]}, `)) {
    console.error(`the emulated CPU is ${stdout || stderr}, and should be ${cpu}`);
    process.exit(1);
  }
  console.log(`on an emulated CPU: ${stdout.trim()}`);
}

if (process.arch !== "x64") skip("this is written for x86-64");
const cxx = findCompiler();
if (cxx === undefined) skip("no C++ compiler was found");
const header = ["-x", "c++", "-fsyntax-only", "-include", "simde/x86/avx512.h", "-"];
if (spawnSync(cxx, header, { input: "" }).status !== 0) skip("SIMDe was not found");
writeSources();
const addon = sanitizedAddon({ name: "emulated", skip, more: flags, from });

const { DYLORA_EMULATED_CPU: given } = process.env;
const args = process.argv.slice(2);
const cpus = given ? [given] : Object.keys(names);
for (const cpu of cpus) {
  addon.env.DYLORA_EMULATED_CPU = cpu;
  expectCpu(addon, cpu);
  const most = elsewhere.flatMap((name) => ["--exclude", `**/${name}.test.ts`]);
  const some = fewRows.map((name) => `packages/backend-native/src/${name}.test.ts`);
  const status = runSuite(addon, args.length > 0 ? args : cpu === cpus[0] ? most : some);
  if (status !== 0) process.exit(status);
}
