// A program of someone who installed @dylora/lora-core, @dylora/model-roberta and @dylora/backend-wasm: a tiny model
// whose weights are made up, an adapter, and its ranks.
import { wasmBackend } from "@dylora/backend-wasm";
import { attach, type RankView } from "@dylora/lora-core";
import { type LoadRobertaOptions, loadRoberta, sequenceClassification } from "@dylora/model-roberta";

const engine = await wasmBackend().init();
const config = {
  ...{ model_type: "roberta", vocab_size: 12, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ intermediate_size: 16, max_position_embeddings: 20 },
};
const weights: LoadRobertaOptions["weights"] = {
  ...{ path: "", name: "made up", at: () => weights, has: (name) => !name.includes("classifier") },
  ...{ shape: () => [], names: () => [], close: async () => {} },
  read: async (name, shape) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i * i + name.length)),
};
const model = await loadRoberta({ config, weights, head: sequenceClassification(2) });
const adapted = attach(model, { rank: 4, alpha: 8 });
const batch = { inputIds: [0, 5, 6, 2], attentionMask: [1, 1, 1, 1], size: 1, length: 4 };
const logits = async (view: RankView) => {
  const tensor = adapted.forward(batch, { view });
  const values = [...(await tensor.data())];
  tensor.dispose();
  return values;
};
const distance = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

const base = await logits("base");
const fresh = await logits({ rank: 4 });
if (!(distance(base, fresh) < 1e-6)) throw new Error("a fresh adapter changes the model");
adapted.adapter.parameters.values.forEach((value, i, all) => {
  all[i] = value + 0.1 * Math.cos(i);
});
const [low, high] = [await logits({ rank: 1 }), await logits({ rank: 4 })];
if (!(distance(low, high) > 1e-4)) throw new Error("ranks 1 and 4 give the same logits");
console.log(`${engine.detail}: rank 1 ${low.map((x) => x.toFixed(3))}, rank 4 ${high.map((x) => x.toFixed(3))}`);
model.dispose();
engine.dispose();
