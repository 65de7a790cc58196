import type { ForwardContext, TokenBatch } from "@dylora/lora-core";
import {
  type BlockDropout,
  type BlockOptions,
  type BlockSite,
  type BlockWeights,
  type LoraOperand,
  transformerBlock,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { siteModules } from "./sites.ts";

/** A record without the entries that are undefined. */
function present<Key extends string, Value>(
  entries: readonly (readonly [Key, Value | undefined])[],
): Partial<Record<Key, Value>> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<Record<Key, Value>>;
}

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
  const sites = Object.entries(siteModules) as [BlockSite, string][];
  const adapters = present<BlockSite, LoraOperand>(
    sites.map(([site, module]) => [site, context.adapter(`${path}.${module}`)]),
  );
  const dropout: BlockDropout = present([
    ["attention", context.dropout(`${path}.attention.self.dropout`, attentionDropout)],
    ["attentionOutput", context.dropout(`${path}.attention.output.dropout`, hiddenDropout)],
    ["output", context.dropout(`${path}.output.dropout`, hiddenDropout)],
  ]);
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
