import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { wasmBackend } from "../index.ts";
import { simdModuleBytes } from "./start-module.ts";

afterEach(() => vi.unstubAllGlobals());

test("the packed module is that of the installed tfjs", async () => {
  const tfjs = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json"));
  const file = readFileSync(join(tfjs, "wasm-out", "tfjs-backend-wasm-simd.wasm"));
  const same = Buffer.from(await simdModuleBytes()).equals(file);
  expect(same, "src/tfjs/simd-module.ts is stale: run `pnpm tfjs-module`").toBe(true);
});

test("a start reads no file and fetches nothing, in an isolated page's environment too", async () => {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  const fetch = vi.fn(() => Promise.reject(new Error("nothing is to be fetched")));
  vi.stubGlobal("fetch", fetch);
  const { platform } = tf.env();
  const before = platform.fetch;
  const backend = await useBackend(wasmBackend({ wasmPath: "http://nowhere.invalid/" }));
  expect(backend.detail).toContain("1 thread");
  expect(platform.fetch).toBe(before);
  expect(fetch).not.toHaveBeenCalled();
  expect([...(await tf.add([1, 2], 3).data())]).toEqual([4, 5]);
  backend.dispose();
});

test("a page that forbids WebAssembly is told what to allow", async () => {
  vi.stubGlobal("WebAssembly", {
    ...{ validate: () => true },
    Module: class {
      constructor() {
        throw new Error("Refused to compile or instantiate WebAssembly module");
      }
    },
  });
  await expect(useBackend(wasmBackend())).rejects.toMatchObject({
    code: "backend_unavailable",
    message: expect.stringMatching(/Content-Security-Policy.*'wasm-unsafe-eval'/),
  });
});

test("a runtime that cannot unpack the module, or does not find it, is told so before tfjs starts", async () => {
  vi.stubGlobal("DecompressionStream", undefined);
  await expect(useBackend(wasmBackend())).rejects.toMatchObject({
    name: "BackendError",
    code: "backend_failed",
    message: expect.stringContaining("DecompressionStream"),
  });
  vi.unstubAllGlobals();
  vi.doMock("./simd-module.ts", () => {
    throw new Error("Failed to fetch dynamically imported module: https://page.example/simd-module.js");
  });
  await expect(useBackend(wasmBackend())).rejects.toMatchObject({
    code: "backend_failed",
    message: expect.stringMatching(/simd-module.*cannot be loaded: .*deploy all chunks/),
  });
  vi.doUnmock("./simd-module.ts");
  vi.resetModules();
  (await useBackend(wasmBackend())).dispose();
});
