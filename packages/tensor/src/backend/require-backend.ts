import { BackendError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Says what to do where nothing has been started that could compute, before tfjs says so in its own words. A backend that
 * tfjs can start by itself is started, as its first op would.
 *
 * @throws BackendError `no_backend`
 */
export function requireBackend(): void {
  if ((tf.engine() as unknown as { backendInstance: unknown }).backendInstance != null) return;
  try {
    tf.backend();
  } catch (cause) {
    const remedy = "`await useBackend(wasmBackend())`, or of another backend, comes before models and tensors";
    throw new BackendError("no_backend", `no backend has been started: ${remedy}`, { cause });
  }
}
