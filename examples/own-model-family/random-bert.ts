import { memoryWeights, type TensorData, type WeightSource } from "@dylora/io";
import { writeModelFolder } from "@dylora/io/node";
import { fillNormal } from "@dylora/lora-core";
import { foldName } from "@dylora/tensor";
import { descriptor } from "./descriptor.ts";

/** `config.json` of a BERT so small that training takes moments. */
export const tinyConfig = {
  model_type: "bert",
  vocab_size: 1536,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 64,
  max_position_embeddings: 64,
  type_vocab_size: 2,
  pad_token_id: 1,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
};

function shapeOf(name: string, config: typeof tinyConfig): readonly number[] {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  if (name.includes("word_embeddings")) return [config.vocab_size, hidden];
  if (name.includes("position_embeddings")) return [config.max_position_embeddings, hidden];
  if (name.includes("token_type_embeddings")) return [config.type_vocab_size, hidden];
  const outputs = name.includes("intermediate") ? inner : hidden;
  if (name.includes("LayerNorm") || name.endsWith("bias")) return [outputs];
  return [outputs, /layer\.\d+\.output\.dense/.test(name) ? inner : hidden];
}

/** Random weights of the bare encoder, the same at every call. */
export function randomWeights(config = tinyConfig): ReadonlyMap<string, TensorData> {
  const { tensors } = descriptor.parse(config).merged({} as never, {} as WeightSource);
  const names = [...tensors.keys()].filter((name) => name.startsWith("bert."));
  return new Map(
    names.map((name) => {
      const shape = shapeOf(name, config);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      fillNormal(data, 0.3, foldName(7, name));
      // Gains of a normalisation lie around 1.
      return [name, { shape, data: name.endsWith("LayerNorm.weight") ? data.map((value) => 1 + value / 3) : data }];
    }),
  );
}

/** The same weights to load from. */
export const randomSource = (config = tinyConfig): WeightSource => memoryWeights(randomWeights(config), "random BERT");

/**
 * Writes them as a folder, as it would come from the Hugging Face hub.
 *
 * @param tokenizer folder whose tokenizer it gets
 */
export async function writeRandomBert(dir: string, tokenizer: string, config = tinyConfig): Promise<void> {
  const tensors = [...randomWeights(config)].map(
    ([name, { shape, data }]) => [name, { shape, load: async () => data }] as const,
  );
  await writeModelFolder(dir, { config, tensors: new Map(tensors), tokenizerFrom: tokenizer });
}
