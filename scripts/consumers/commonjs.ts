// A program in CommonJS: TypeScript writes each import as a `require`.
import { wasmBackend } from "@dylora/backend-wasm";
import { freezeMatrix, frozenLinear, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";

async function main(): Promise<string> {
  const backend = await useBackend(wasmBackend());
  const weight = freezeMatrix(Float32Array.of(1, 2, 3, 4), { inFeatures: 2, outFeatures: 2, layout: "in-out" });
  const y = frozenLinear(tf.tensor2d([[1, 10]]), { weight });
  const said = `${backend.id} multiplies: ${[...y.dataSync()]}`;
  backend.dispose();
  return said;
}

main().then(console.log);
