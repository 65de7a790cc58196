// Packs tfjs's own module with SIMD into src/tfjs/simd-module.ts, so that no runtime and no bundler has to find a file.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tfjs = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json"));

const binary = readFileSync(join(tfjs, "wasm-out", "tfjs-backend-wasm-simd.wasm"));
const packed = gzipSync(binary, { level: 9, memLevel: 9 });
const lines = packed.toString("base64").match(/.{1,100}/g) ?? [];
const source = [
  "// Written by scripts/pack-tfjs-module.mjs: do not edit. NOTICE.md says whose work it is.",
  "",
  "/** tfjs-backend-wasm-simd.wasm of @tensorflow/tfjs-backend-wasm, packed with gzip, base64. */",
  "export const simdModule: string = [",
  ...lines.map((line) => `  "${line}",`),
  '].join("");',
  "",
].join("\n");
writeFileSync(join(root, "src", "tfjs", "simd-module.ts"), source);
console.log(`src/tfjs/simd-module.ts: ${source.length} characters for ${binary.length} bytes`);
