import type { AdaptableSite, HeadParameter } from "@dylora/lora-core";
import type { BertConfig } from "./config.ts";

/** The linear layers of a block, below its path, by the names that `transformerBlock` has for them. */
export const modules = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  intermediate: "intermediate.dense",
  output: "output.dense",
} as const;

/** Path of a block. */
export const layerPath = (layer: number): string => `bert.encoder.layer.${layer}`;

/** The layer between the first token and the head. */
export const POOLER = "bert.pooler.dense";

/** Every linear layer that can carry a pair. */
export function sitesOf({ layers, hiddenSize, intermediateSize }: BertConfig): AdaptableSite[] {
  const blocks = Array.from({ length: layers }, (_, layer) =>
    Object.entries(modules).map(([site, module]): AdaptableSite => {
      return {
        path: `${layerPath(layer)}.${module}`,
        inFeatures: site === "output" ? intermediateSize : hiddenSize,
        outFeatures: site === "intermediate" ? intermediateSize : hiddenSize,
        layout: "out-in",
      };
    }),
  );
  return [...blocks.flat(), { path: POOLER, inFeatures: hiddenSize, outFeatures: hiddenSize, layout: "out-in" }];
}

/** The parameters of the head, which are trained whole. */
export const headOf = (
  { hiddenSize }: Pick<BertConfig, "hiddenSize">,
  outputs: number,
): Pick<HeadParameter, "name" | "shape">[] => [
  { name: "classifier.weight", shape: [outputs, hiddenSize] },
  { name: "classifier.bias", shape: [outputs] },
];
