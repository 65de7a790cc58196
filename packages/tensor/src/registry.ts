import * as tf from "@tensorflow/tfjs-core";
import { requireBackend } from "./backend/require-backend.ts";
import { composeKernels } from "./composed/index.ts";
import type { FusedKernels } from "./contract/kernels.ts";

const overrides = new Map<string, Partial<FusedKernels>>();
const resolved = new Map<string, FusedKernels>();

/**
 * Every kernel from plain tfjs ops (the optimiser's in JavaScript). They run on any backend, on top of its own products
 * and small kernels, and are the reference that its kernels are held to.
 *
 * @experimental
 */
export const composedKernels: FusedKernels = composeKernels(fusedKernels);

/**
 * Gives a backend its own kernels. Called by a descriptor's `init`; a later call for the same name replaces the earlier.
 *
 * @param tfjsName name under which the backend is registered with tfjs-core
 * @param kernels those it implements; the composed form serves for the others
 *
 * @experimental
 */
export function registerFusedKernels(tfjsName: string, kernels: Partial<FusedKernels>): void {
  overrides.set(tfjsName, kernels);
  resolved.delete(tfjsName);
}

/**
 * Names of the kernels the given backend implements itself.
 *
 * @experimental
 */
export function fusedKernelNames(tfjsName: string): string[] {
  return Object.keys(overrides.get(tfjsName) ?? {}).sort();
}

/**
 * The kernels of the active backend.
 *
 * @throws BackendError `no_backend` when none has been started
 *
 * @experimental
 */
export function fusedKernels(): FusedKernels {
  requireBackend();
  const name = tf.getBackend();
  let kernels = resolved.get(name);
  if (kernels === undefined) {
    kernels = { ...composedKernels, ...overrides.get(name) };
    resolved.set(name, kernels);
  }
  return kernels;
}
