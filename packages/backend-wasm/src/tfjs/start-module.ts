import { BackendError } from "@dylora/errors";
import { startTfjs } from "@dylora/tensor";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { withoutModuleListeners } from "./process-listeners.ts";

/** What tfjs asks for in place of a file. */
const HERE = "dylora:tfjs-backend-wasm-simd.wasm";

let turn: Promise<unknown> = Promise.resolve();

const failed = (problem: string, remedy: string, cause?: unknown): BackendError =>
  new BackendError("backend_failed", `${problem}; ${remedy}`, { cause });

/**
 * tfjs's module with SIMD, unpacked.
 *
 * @throws BackendError `backend_failed`
 */
export async function simdModuleBytes(): Promise<ArrayBuffer> {
  const { simdModule } = await import("./simd-module.ts").catch((cause: unknown) => {
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const problem = `the script that holds tfjs's WebAssembly module (simd-module) cannot be loaded: ${reason.slice(0, 300)}`;
    throw failed(problem, "where a bundler made it a chunk of its own, deploy all chunks together", cause);
  });
  if ((globalThis as { DecompressionStream?: unknown }).DecompressionStream === undefined) {
    throw failed("this runtime has no DecompressionStream", "use Node 20.19 or a browser of 2023 or later");
  }
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
  const bytes = await simdModuleBytes();
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
