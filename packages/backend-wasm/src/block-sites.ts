import type { BlockOperands, BlockSite, Gate } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { AdaptedSite, SitePair } from "./adapted-site.ts";

/** The four linear layers of a block with the pairs on them. */
export interface BlockSites {
  readonly qkv: AdaptedSite;
  readonly attentionOutput: AdaptedSite;
  readonly intermediate: AdaptedSite;
  readonly output: AdaptedSite;
}

const layers = ["qkv", "attentionOutput", "intermediate", "output"] as const;

/** Sorts a block's adapters by the layer they sit on. */
export function blockSitesOf({ weights, adapters }: BlockOperands, hidden: number): BlockSites {
  const site = (layer: keyof BlockSites, columns: Partial<Record<BlockSite, number>>): AdaptedSite => ({
    linear: weights[layer],
    pairs: (Object.entries(columns) as [BlockSite, number][]).flatMap(([name, column]): SitePair[] => {
      const operand = adapters[name];
      return operand === undefined ? [] : [{ site: name, operand, column }];
    }),
  });
  return {
    qkv: site("qkv", { query: 0, key: hidden, value: 2 * hidden, qkv: 0 }),
    attentionOutput: site("attentionOutput", { attentionOutput: 0 }),
    intermediate: site("intermediate", { intermediate: 0 }),
    output: site("output", { output: 0 }),
  };
}

/** The tensors of all pairs: backward keeps them, for their owner's handles may be gone by then. */
export function pairTensors(sites: BlockSites): Tensor[] {
  return layers.flatMap((layer) =>
    sites[layer].pairs.flatMap(({ operand: { A, Bt, gate } }) => (typeof gate === "number" ? [A, Bt] : [A, Bt, gate])),
  );
}

/** The sites with the tensors of {@link pairTensors} as they were saved. */
export function withPairTensors(sites: BlockSites, tensors: readonly Tensor[]): BlockSites {
  const left = [...tensors];
  const restored = layers.map((layer): readonly [keyof BlockSites, AdaptedSite] => {
    const pairs = sites[layer].pairs.map((pair): SitePair => {
      const [A, Bt] = left.splice(0, 2) as [Tensor2D, Tensor2D];
      const gate = typeof pair.operand.gate === "number" ? pair.operand.gate : (left.shift() as Exclude<Gate, number>);
      return { ...pair, operand: { ...pair.operand, A, Bt, gate } };
    });
    return [layer, { ...sites[layer], pairs }];
  });
  return Object.fromEntries(restored) as unknown as BlockSites;
}
