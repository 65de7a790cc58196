import { checkedPath, type WeightSource } from "./weight-source.ts";

/** How a model's class in transformers names what it is made of. */
export interface ModelNames {
  /** The bare model inside a model with a head (`base_model_prefix`): `roberta`, `transformer`. */
  readonly prefix: string;
  /** Modules of the bare model: `embeddings`, `encoder`, … */
  readonly modules: readonly string[];
}

/** The name in a model with a head, whichever of transformers' spellings a file has. */
function nameInModel(stored: string, { prefix, modules }: ModelNames): string {
  const name = stored
    .replace(/(^|\.)LayerNorm\.gamma$/, "$1LayerNorm.weight")
    .replace(/(^|\.)LayerNorm\.beta$/, "$1LayerNorm.bias");
  const inner = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name;
  return modules.includes(inner.split(".", 1)[0] ?? "") ? `${prefix}.${inner}` : inner;
}

/**
 * Weights under the names that a model with a head has, as transformers finds them: each tensor of the bare model with
 * or without the model's prefix, the head with or without it too, and `LayerNorm.gamma` and `LayerNorm.beta` of the
 * oldest checkpoints as `LayerNorm.weight` and `LayerNorm.bias`.
 *
 * A tensor that is there under its own name keeps it.
 *
 * @example
 * ```ts
 * import { memoryWeights, namedAs } from "@dylora/io";
 *
 * const bare = memoryWeights(new Map([["embeddings.LayerNorm.gamma", { shape: [1], data: Float32Array.of(1) }]]));
 * const weights = namedAs(bare, { prefix: "roberta", modules: ["embeddings", "encoder", "pooler"] });
 * console.log(weights.names()); // [ 'roberta.embeddings.LayerNorm.weight' ]
 * ```
 */
export function namedAs(weights: WeightSource, names: ModelNames): WeightSource {
  const stored = new Map<string, string>();
  for (const name of weights.names()) {
    const inModel = nameInModel(name, names);
    if (inModel === name || !stored.has(inModel)) stored.set(inModel, name);
  }
  // A name that is not listed is asked for as it is: the source behind knows best how to say that it is missing.
  const nameOf = (name: string) => stored.get(name) ?? name;
  const cursor = (path: string): WeightSource => {
    const prefix = path === "" ? "" : `${path}.`;
    return {
      path,
      name: weights.name,
      at: (further) => cursor(prefix + checkedPath(further)),
      has: (name) => weights.has(nameOf(prefix + name)),
      shape: (name) => weights.shape(nameOf(prefix + name)),
      names: () =>
        [...stored.keys()]
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length))
          .sort(),
      read: (name, expectedShape) => weights.read(nameOf(prefix + name), expectedShape),
      close: () => weights.close(),
    };
  };
  return cursor("");
}
