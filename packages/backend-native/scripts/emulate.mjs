// Runs the package's tests on an emulated CPU: the code for AVX-512, its bfloat16 and AMX, on a CPU that has AVX2 alone.
// The addon is compiled with emulation/ in the place of the intrinsics and of oneDNN's choice of code, and with sanitizers.
// It lies in a folder of its own, and is loaded by nobody else. Arguments go to vitest; DYLORA_EMULATED_CPU names the CPU
// (amx, the default; bf16; avx512). Without SIMDe (Debian: libsimde-dev) it says so, and that is all.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, folder, native } from "./compile.mjs";
import { runSuite, sanitizedAddon } from "./sanitized-suite.mjs";

function skip(reason) {
  console.log(`the native engine was not tested on an emulated CPU: ${reason}`);
  process.exit(0);
}

const from = join(folder, "build", "emulated", "native");
const flags = [`-I${from}`, "-include", join(from, "forced.hpp"), "-mavx2", "-mfma", "-mbmi2", "-Wno-psabi"];

/** Both folders' sources, without the lines that let the compiler use instructions which this CPU may not have. */
function writeSources() {
  rmSync(from, { recursive: true, force: true });
  mkdirSync(from, { recursive: true });
  const target = /^#pragma GCC target\(".*\b(avx512|amx).*"\)$/gm;
  for (const home of [native, join(folder, "emulation")]) {
    for (const name of readdirSync(home)) {
      if (name === "tiles.cpp") continue; // emulation/cpu.cpp is in its place
      writeFileSync(join(from, name), readFileSync(join(home, name), "utf8").replace(target, ""));
    }
  }
}

if (process.arch !== "x64") skip("this is written for x86-64");
const cxx = findCompiler();
const header = ["-x", "c++", "-fsyntax-only", "-include", "simde/x86/avx512.h", "-"];
if (cxx === undefined || spawnSync(cxx, header, { input: "" }).status !== 0) skip("SIMDe was not found");
writeSources();
const addon = sanitizedAddon({ name: "emulated", skip, more: flags, from });

const program = "console.log(require(process.argv[1]).describe().detail)";
const asked = spawnSync(process.execPath, ["--eval", program, addon.target], { encoding: "utf8", env: addon.env });
const cpu = process.env.DYLORA_EMULATED_CPU ?? "amx";
const name = { amx: "AMX", bf16: "AVX-512 bf16", avx512: "AVX-512" }[cpu];
if (name === undefined || !asked.stdout.includes(name)) {
  console.error(`the emulated CPU is ${asked.stdout || asked.stderr}, and should be ${cpu}`);
  process.exit(1);
}
console.log(`on an emulated CPU: ${asked.stdout.trim()}`);
process.exit(runSuite(addon, process.argv.slice(2)));
