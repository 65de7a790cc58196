// Loads the addon at the given path in a process of its own, multiplies, and prints what came out as JSON. What a broken
// library does to the process, it does to this one.
import { createRequire } from "node:module";

const binding = createRequire(import.meta.url)(process.argv[2]);
const size = 64;
const values = (factor) => Float32Array.from({ length: size * size }, (_, i) => ((i * factor) % 17) - 8);
const tensor = (factor) => binding.createTensor([size, size], binding.TF_FLOAT, values(factor));
const attributes = [
  { name: "transpose_a", type: binding.TF_ATTR_BOOL, value: false },
  { name: "transpose_b", type: binding.TF_ATTR_BOOL, value: false },
  { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
];
const [{ id }] = binding.executeOp("MatMul", attributes, [tensor(3), tensor(5)], 1);
const product = binding.tensorDataSync(id);

// Small whole numbers: exact in float32, and in bfloat16 with float32 sums.
const [a, b] = [values(3), values(5)];
let wrong = 0;
for (let row = 0; row < size; row++) {
  for (let column = 0; column < size; column++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += a[row * size + k] * b[k * size + column];
    if (product[row * size + column] !== sum) wrong++;
  }
}
console.log(JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice(), wrong }));
