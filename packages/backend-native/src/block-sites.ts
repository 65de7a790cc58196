import type { BlockOperands, BlockSite, Gate, LoraOperand } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";

/** A LoRA pair on some columns of a layer's output. */
export interface SitePair {
  readonly site: BlockSite;
  readonly operand: LoraOperand;
  /** First of those columns. */
  readonly column: number;
}

/** The linear layers of a block. */
export const blockLayers = ["qkv", "attentionOutput", "intermediate", "output"] as const;

/** The pairs on each of {@link blockLayers}. */
export type BlockPairs = Readonly<Record<(typeof blockLayers)[number], readonly SitePair[]>>;

/** Sorts a block's adapters by the layer they sit on. */
export function blockPairsOf(adapters: BlockOperands["adapters"], hidden: number): BlockPairs {
  const on = (columns: Partial<Record<BlockSite, number>>): SitePair[] =>
    (Object.entries(columns) as [BlockSite, number][]).flatMap(([site, column]) => {
      const operand = adapters[site];
      return operand === undefined ? [] : [{ site, operand, column }];
    });
  return {
    qkv: on({ query: 0, key: hidden, value: 2 * hidden, qkv: 0 }),
    attentionOutput: on({ attentionOutput: 0 }),
    intermediate: on({ intermediate: 0 }),
    output: on({ output: 0 }),
  };
}

/** The tensors of all pairs: they are saved for backward, for their owner's handles may be gone by then. */
export function pairTensors(pairs: BlockPairs): Tensor[] {
  return blockLayers.flatMap((layer) =>
    pairs[layer].flatMap(({ operand: { A, Bt, gate } }) => (typeof gate === "number" ? [A, Bt] : [A, Bt, gate])),
  );
}

/** The pairs with the tensors of {@link pairTensors} as they were saved. */
export function withPairTensors(pairs: BlockPairs, tensors: readonly Tensor[]): BlockPairs {
  const left = [...tensors];
  const restored = blockLayers.map((layer) => [
    layer,
    pairs[layer].map((pair): SitePair => {
      const [A, Bt] = left.splice(0, 2) as [Tensor2D, Tensor2D];
      const gate = typeof pair.operand.gate === "number" ? pair.operand.gate : (left.shift() as Exclude<Gate, number>);
      return { ...pair, operand: { ...pair.operand, A, Bt, gate } };
    }),
  ]);
  return Object.fromEntries(restored) as BlockPairs;
}
