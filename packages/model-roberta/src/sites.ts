import type { AdaptableSite } from "@dylora/lora-core";
import type { BlockSite } from "@dylora/tensor";
import type { RobertaConfig } from "./config.ts";

/** Module path, below a layer, of each place in a block that can carry a pair. */
export const siteModules = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  intermediate: "intermediate.dense",
  output: "output.dense",
} as const satisfies Partial<Record<BlockSite, string>>;

/** Path of a layer, as PEFT names it, whatever prefix the file has. */
export function layerPath(layer: number): string {
  return `roberta.encoder.layer.${layer}`;
}

/** Every linear layer of the encoder. */
export function encoderSites({ layers, hiddenSize, intermediateSize }: RobertaConfig): AdaptableSite[] {
  return Array.from({ length: layers }, (_, layer) =>
    Object.entries(siteModules).map(([site, module]): AdaptableSite => {
      return {
        path: `${layerPath(layer)}.${module}`,
        inFeatures: site === "output" ? intermediateSize : hiddenSize,
        outFeatures: site === "intermediate" ? intermediateSize : hiddenSize,
        layout: "out-in",
      };
    }),
  ).flat();
}
