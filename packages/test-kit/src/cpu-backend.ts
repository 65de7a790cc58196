import { type BackendDescriptor, registerGradients, startTfjs } from "@dylora/tensor";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

/** tfjs's backend in plain JavaScript: slow, and the plainest reading of every kernel. For tests. */
export function cpuBackend(): BackendDescriptor {
  return {
    id: "cpu",
    contract: 1,
    available: async () => ({ available: true, detail: "JavaScript, 1 thread" }),
    async init() {
      const dispose = await startTfjs("cpu", "it is part of the test kit");
      registerGradients();
      keepQuiet();
      return {
        id: "cpu",
        tfjsName: "cpu",
        detail: `tfjs cpu ${tf.version_core}`,
        capabilities: { syncRead: true, precision: "float32", tolerance: 1e-5, threads: 1 },
        dispose,
      };
    },
  };
}

/** The backend greets on its first write with an advertisement for tfjs-node, except in tfjs's own tests. */
function keepQuiet(): void {
  const isTest = tf.env().getBool("IS_TEST");
  tf.env().set("IS_TEST", true);
  tf.scalar(0).dispose();
  tf.env().set("IS_TEST", isTest);
}
