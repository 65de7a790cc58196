// What bench/native/step.mjs and bench/native/generate.mjs share: the built packages, the backend and random numbers.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const native = createRequire(new URL("../../packages/backend-native/package.json", import.meta.url));
const cli = createRequire(new URL("../../packages/cli/package.json", import.meta.url));

/** A built package, as backend-native sees it. */
export const load = async (name, from = native) => import(pathToFileURL(from.resolve(name)).href);

/** The backend that the options `backend`, `precision` and `threads` ask for. */
export async function descriptorOf({ backend, precision, threads }) {
  if (backend === "wasm") return (await load("@dylora/backend-wasm", cli)).wasmBackend();
  const { nativeBackend } = await import(new URL("../../packages/backend-native/dist/index.js", import.meta.url).href);
  return nativeBackend({ precision, ...(threads !== undefined && { threads: Number(threads) }) });
}

/** Whole numbers from 0 to below a bound, the same in every run. */
export function integers() {
  let state = 7;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}
