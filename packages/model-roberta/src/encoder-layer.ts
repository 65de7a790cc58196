import { blockAdapters, blockDropout, type ForwardContext, type TokenBatch } from "@dylora/lora-core";
import { type BlockOptions, type BlockWeights, transformerBlock } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { siteModules } from "./sites.ts";

/**
 * Runs one layer of the encoder.
 *
 * @param hidden `[size * length, hidden]`
 * @param path the layer's module path, below which its sites and dropouts are named
 * @param mask additive `[size, length]`; undefined when nothing is hidden
 * @param reach what of its input is trained and of its output wanted
 */
export function encoderLayer(
  hidden: Tensor2D,
  weights: BlockWeights,
  path: string,
  { heads, epsilon, gelu, hiddenDropout, attentionDropout }: RobertaConfig,
  { size, length }: TokenBatch,
  mask: Tensor2D | undefined,
  context: ForwardContext,
  reach: Pick<BlockOptions, "frozenInput" | "firstTokens">,
): Tensor2D {
  const adapters = blockAdapters(context, path, siteModules);
  const dropout = blockDropout(context, path, {
    attention: ["attention.self.dropout", attentionDropout],
    attentionOutput: ["attention.output.dropout", hiddenDropout],
    output: ["output.dropout", hiddenDropout],
  });
  return transformerBlock(
    hidden,
    { weights, adapters },
    {
      batch: size,
      length,
      heads,
      norm: "post",
      epsilon,
      gelu,
      causal: false,
      dropout,
      ...reach,
      ...(mask === undefined ? {} : { mask }),
    },
  );
}
