import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kernelBytes } from "./kernel-module.ts";

declare const WebAssembly: {
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): object[];
    exports(module: object): { name: string }[];
  };
};

/** Section numbers of a module, from the binary format. */
function sections(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    found.push(bytes[at++] as number);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return found;
}

interface Variant {
  readonly file: string;
}

test("recompiling assembly/ gives the committed modules", async () => {
  // Typed here: the script is plain JavaScript, so that it runs before anything is built.
  const script = new URL("../../scripts/build-kernels.mjs", import.meta.url).href;
  const { compileKernels, variants } = (await import(script)) as {
    compileKernels(variant: Variant): Promise<string>;
    variants: readonly Variant[];
  };
  expect(variants).toHaveLength(2);
  for (const variant of variants) {
    const committed = readFileSync(new URL(`../../${variant.file}`, import.meta.url), "utf8");
    expect((await compileKernels(variant)) === committed, `${variant.file} is stale: run \`pnpm kernels\``).toBe(true);
  }
});

test("a module takes nothing but a memory, and keeps nothing in it: no data, no globals, no start function", async () => {
  const bytes = await kernelBytes("simd");
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  const [global, start, data] = [6, 8, 11];
  for (const variant of ["simd", "relaxed-simd"] as const) {
    const present = sections(await kernelBytes(variant));
    for (const section of [global, start, data]) expect(present).not.toContain(section);
  }
});
