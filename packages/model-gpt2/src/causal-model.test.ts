import { wasmBackend } from "@dylora/backend-wasm";
import { tinyGpt2 } from "@dylora/golden-suite";
import { cpuBackend, testCausalModel } from "@dylora/test-kit";

for (const backend of [cpuBackend, wasmBackend]) {
  const makeModel = async () => ({ model: await tinyGpt2(), tokens: [3, 7, 1, 9, 4, 2, 8, 5] });
  testCausalModel(`GPT-2 on ${backend().id}`, makeModel, { backend });
}
