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

test("recompiling assembly/ gives the committed module", async () => {
  // Typed here: the script is plain JavaScript, so that it runs before anything is built.
  const script = new URL("../scripts/build-kernels.mjs", import.meta.url).href;
  const { compileKernels, kernelsSource } = (await import(script)) as {
    compileKernels(): Promise<Uint8Array>;
    kernelsSource(binary: Uint8Array): string;
  };
  const committed = readFileSync(new URL("./kernels-binary.ts", import.meta.url), "utf8");
  expect(kernelsSource(await compileKernels()) === committed, "stale: run `pnpm kernels`").toBe(true);
});

test("the module takes nothing but a memory, and keeps nothing in it: no data, no globals, no start function", () => {
  const module = new WebAssembly.Module(kernelBytes());
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  const [global, start, data] = [6, 8, 11];
  const present = sections(kernelBytes());
  for (const section of [global, start, data]) expect(present).not.toContain(section);
});
