import { BackendError } from "@dylora/errors";
import { startTfjs } from "@dylora/tensor";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { withoutModuleListeners } from "./process-listeners.ts";

/** What tfjs asks for in place of a file. */
const HERE = "dylora:tfjs-backend-wasm-simd.wasm";

let turn: Promise<unknown> = Promise.resolve();

/** tfjs's module with SIMD, unpacked. */
export async function simdModuleBytes(): Promise<ArrayBuffer> {
  const { simdModule } = await import("./simd-module.ts");
  const packed = Uint8Array.from(atob(simdModule), (character) => character.charCodeAt(0));
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value);
  return new Blob(parts).arrayBuffer();
}

/** Runs `start` while tfjs's platform answers with these bytes where tfjs fetches its module. */
async function answering<T>(bytes: ArrayBuffer, start: () => Promise<T>): Promise<T> {
  const { platform } = tf.env();
  const own = Object.getOwnPropertyDescriptor(platform, "fetch");
  const { fetch } = platform;
  const answer = { ok: true, arrayBuffer: async () => bytes } as Response;
  platform.fetch = async (path, init) => (path === HERE ? answer : fetch.call(platform, path, init));
  try {
    return await start();
  } finally {
    if (own === undefined) delete (platform as { fetch?: unknown }).fetch;
    else Object.defineProperty(platform, "fetch", own);
  }
}

/** Starts tfjs with its module out of this package: there is no file to be found, served or bundled. */
async function startSimd(): Promise<() => void> {
  const bytes = await simdModuleBytes().catch((cause: unknown) => {
    const message =
      "tfjs's WebAssembly module cannot be unpacked; use a browser of 2023 or later (DecompressionStream)";
    throw new BackendError("backend_failed", message, { cause });
  });
  // Our kernels share the memory of the module with one thread; a page that is isolated would get the one with many.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const names = ["", "-simd", "-threaded-simd"].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
  setWasmPaths(Object.fromEntries(names.map((name) => [name, HERE])), true);
  const starting = turn.then(() =>
    answering(bytes, () => startTfjs("wasm", "load the page or start the program anew")),
  );
  turn = starting.catch(() => undefined);
  return starting;
}

/** Without SIMD tfjs looks for its own file: in Node beside itself, in a browser in the folder that is given. */
function startPlain(wasmPath: string | undefined): Promise<() => void> {
  if (wasmPath !== undefined) setWasmPaths(wasmPath);
  const file = "tfjs-backend-wasm.wasm";
  const asked = wasmPath === undefined ? `${file} beside the script` : `${wasmPath}${file}`;
  return startTfjs(
    "wasm",
    `this runtime has no WebAssembly SIMD, so ${asked} was asked for; serve that file of the package ` +
      "@tensorflow/tfjs-backend-wasm and give its folder as wasmPath, or use a current browser",
  );
}

/**
 * Starts tfjs's module.
 *
 * @returns stops this start, as `startTfjs`
 * @throws BackendError `backend_failed`
 */
export function startModule(simd: boolean, wasmPath: string | undefined): Promise<() => void> {
  return withoutModuleListeners(() => (simd ? startSimd() : startPlain(wasmPath)));
}
