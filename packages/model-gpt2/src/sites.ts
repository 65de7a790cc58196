import type { AdaptableSite } from "@dylora/lora-core";
import type { BlockSite } from "@dylora/tensor";
import type { Gpt2Config } from "./config.ts";

/** Module path, below a layer, of each place in a block that can carry a pair. */
export const siteModules = {
  qkv: "attn.c_attn",
  query: "attn.c_attn.q",
  key: "attn.c_attn.k",
  value: "attn.c_attn.v",
  attentionOutput: "attn.c_proj",
  intermediate: "mlp.c_fc",
  output: "mlp.c_proj",
} as const satisfies Record<BlockSite, string>;

/** Path of a layer, as PEFT names it, whatever prefix the file has. */
export function layerPath(layer: number): string {
  return `transformer.h.${layer}`;
}

/** Every linear layer of the decoder. `c_attn` is one product for queries, keys and values, and declares them as parts. */
export function decoderSites({ layers, hiddenSize, intermediateSize }: Gpt2Config): AdaptableSite[] {
  const parts = ["q", "k", "v"].map((name, part) => ({ name, offset: part * hiddenSize, size: hiddenSize }));
  const shapes = [
    { module: siteModules.qkv, inFeatures: hiddenSize, outFeatures: 3 * hiddenSize, parts },
    { module: siteModules.attentionOutput, inFeatures: hiddenSize, outFeatures: hiddenSize },
    { module: siteModules.intermediate, inFeatures: hiddenSize, outFeatures: intermediateSize },
    { module: siteModules.output, inFeatures: intermediateSize, outFeatures: hiddenSize },
  ];
  return Array.from({ length: layers }, (_, layer) =>
    shapes.map(({ module, ...shape }): AdaptableSite => {
      return { path: `${layerPath(layer)}.${module}`, layout: "in-out", ...shape };
    }),
  ).flat();
}
