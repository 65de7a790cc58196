/**
 * Backends that `"auto"` looks for, fastest first, by the short name of their package: `wasm` is `@dylora/backend-wasm`. A
 * backend that is not in the list is used by its descriptor or by the name of its package.
 *
 * @example
 * ```ts
 * import { backendNames } from "@dylora/tensor";
 *
 * console.log(backendNames.includes("wasm")); // true
 * ```
 */
export const backendNames = ["node-gpu", "native", "webgpu", "node", "wasm"] as const;

/** One of the {@link backendNames}. */
export type BackendName = (typeof backendNames)[number];
