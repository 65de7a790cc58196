// Compiles assembly/ and writes the modules into src/module/kernels-binary*.ts. `--check` compares instead of writing.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The modules: one for every runtime with SIMD, one with fused multiply-add for those with relaxed SIMD. */
export const variants = [
  { file: "src/module/kernels-binary.ts", features: ["simd"], multiplyAdd: "multiply-add.ts" },
  {
    file: "src/module/kernels-binary-relaxed.ts",
    features: ["simd", "relaxed-simd"],
    multiplyAdd: "multiply-add-relaxed.ts",
  },
];

/** Compiles the kernels; returns the text of the variant's file. */
export async function compileKernels({ features, multiplyAdd }) {
  let binary;
  const options = ["--optimizeLevel=3", "--shrinkLevel=0", "--noAssert", "--runtime=stub", "--use=abort="];
  const memory = ["--importMemory", "--noExportMemory"];
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      `--baseDir=${root}`,
      "--outFile=kernels.wasm",
      ...options,
      ...memory,
      ...features.map((feature) => `--enable=${feature}`),
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(join(base, name.replace(/\bmultiply-add\.ts$/, multiplyAdd)), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`the kernels do not compile:\n${stderr.toString()}`);
  return sourceOf(binary);
}

function sourceOf(binary) {
  const lines =
    Buffer.from(binary)
      .toString("base64")
      .match(/.{1,100}/g) ?? [];
  return [
    "// Written by scripts/build-kernels.mjs from assembly/: do not edit.",
    "",
    "/** The kernels as a WebAssembly module, base64. */",
    "export const kernelsBinary: string = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const variant of variants) {
    const target = join(root, variant.file);
    const source = await compileKernels(variant);
    if (!process.argv.includes("--check")) writeFileSync(target, source);
    else if (readFileSync(target, "utf8") !== source) throw new Error(`${variant.file} is stale; run \`pnpm kernels\``);
    console.log(`${variant.file}: ${source.length} characters`);
  }
}
