import * as tf from "@tensorflow/tfjs-core";
import { ownGradients } from "./own-gradients.ts";
import { tfjsGradients } from "./tfjs-gradients.ts";

/** Registers those that are missing. */
export function fillGradients(): void {
  for (const gradient of [...ownGradients, ...(tfjsGradients as tf.GradConfig[])]) {
    if (tf.getGradient(gradient.kernelName) == null) tf.registerGradient(gradient);
  }
}

/**
 * Registers the gradients of all tfjs ops, so that losses and heads may be written with them: tfjs-core alone registers
 * none. Backends call it when they start. Some packages of tfjs, such as tfjs-node, have registered tfjs's own by then. Those
 * that tfjs has wrong are replaced, and others that are registered already are left alone. Register a gradient of your own
 * after the backend has started.
 *
 * @example
 * ```ts
 * import { registerGradients } from "@dylora/tensor";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * registerGradients();
 * console.log(tf.getGradient("RealDiv") !== undefined); // true
 * ```
 */
export function registerGradients(): void {
  for (const gradient of ownGradients) {
    if (tf.getGradient(gradient.kernelName) !== gradient) tf.registerGradient(gradient);
  }
  fillGradients();
}
