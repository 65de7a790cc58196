// Compiles assembly/ and writes the module into src/kernels-binary.ts. `--check` compares instead of writing.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "src/kernels-binary.ts");

/** Compiles the kernels; returns the module's bytes. */
export async function compileKernels() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      `--baseDir=${root}`,
      "--outFile=kernels.wasm",
      "--optimizeLevel=3",
      "--shrinkLevel=0",
      "--noAssert",
      "--enable=simd",
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--use=abort=",
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(join(base, name), "utf8");
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
  return binary;
}

/** The text of src/kernels-binary.ts for a module. */
export function kernelsSource(binary) {
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
  const source = kernelsSource(await compileKernels());
  if (process.argv.includes("--check")) {
    if (readFileSync(target, "utf8") !== source) throw new Error("src/kernels-binary.ts is stale; run `pnpm kernels`");
  } else {
    writeFileSync(target, source);
    console.log(`${target}: ${source.length} characters`);
  }
}
