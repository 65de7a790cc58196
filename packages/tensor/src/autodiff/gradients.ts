import * as tf from "@tensorflow/tfjs-core";
import { ownGradients } from "./own-gradients.ts";
import { tfjsGradients } from "./tfjs-gradients.ts";

/**
 * Registers the gradients of all tfjs ops, so that losses and heads may be written with them: tfjs-core alone registers
 * none. A gradient that is already registered is left alone. Backends call it when they start; calling it again does
 * nothing.
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
  for (const gradient of [...ownGradients, ...(tfjsGradients as tf.GradConfig[])]) {
    if (tf.getGradient(gradient.kernelName) == null) tf.registerGradient(gradient);
  }
}
