import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { BlockGradients, BlockOperands, BlockSite } from "../contract/block.ts";
import type { Gate, LoraOperand } from "../contract/lora.ts";

const columnOf: Partial<Record<BlockSite, number>> = { query: 0, key: 1, value: 2, qkv: 0 };

/** Adapters of the fused product as operands on all its 3 · hidden columns, and the way back for their gradients. */
export interface QkvAdapters {
  readonly operands: readonly LoraOperand[];
  /** Cuts gradients of `operands` into those of the sites. */
  split(gradients: readonly { dA: Tensor2D; dBt: Tensor2D }[]): BlockGradients["adapters"];
}

/** Places Bᵀ `[r, hidden]` of a part into `[r, 3 * hidden]`, zero elsewhere. */
function widen(site: BlockSite, Bt: Tensor2D, hidden: number): Tensor2D {
  if (site === "qkv") return Bt;
  const before = (columnOf[site] ?? 0) * hidden;
  return tf.pad2d(Bt, [
    [0, 0],
    [before, 2 * hidden - before],
  ]);
}

function gateRows(gate: Gate, rank: number): Tensor2D {
  if (typeof gate === "number") return tf.fill([1, rank], gate);
  return gate.shape.length === 1 ? tf.reshape(gate, [1, rank]) : (gate as Tensor2D);
}

/** One gate for several pairs side by side in the bottleneck. */
function joinGates(operands: readonly LoraOperand[]): Gate {
  const first = operands[0]?.gate;
  if (typeof first === "number" && operands.every((operand) => operand.gate === first)) return first;
  const rows = operands.map((operand) => gateRows(operand.gate, operand.A.shape[0]));
  const examples = Math.max(...rows.map((row) => row.shape[0]));
  const joined = tf.concat2d(
    rows.map((row) => (row.shape[0] === examples ? row : tf.tile(row, [examples, 1]))),
    1,
  );
  return examples === 1 ? (tf.reshape(joined, [joined.shape[1]]) as Tensor1D) : joined;
}

/**
 * Query, key and value share one input, so without dropout their pairs run as one pair whose bottleneck holds all
 * ranks side by side: two thin products instead of six. With dropout each has its own mask and runs alone.
 */
export function qkvAdapters(adapters: BlockOperands["adapters"], hidden: number): QkvAdapters {
  const sites = (["query", "key", "value", "qkv"] as const).flatMap((site) => {
    const operand = adapters[site];
    return operand === undefined ? [] : [{ site, operand: { ...operand, Bt: widen(site, operand.Bt, hidden) } }];
  });
  const narrow = (site: BlockSite, dBt: Tensor2D): Tensor2D =>
    site === "qkv" ? dBt : tf.slice2d(dBt, [0, (columnOf[site] ?? 0) * hidden], [dBt.shape[0], hidden]);
  const operands = sites.map(({ operand }) => operand);
  const joined = operands.length > 1 && operands.every((operand) => (operand.dropout?.probability ?? 0) === 0);
  return {
    operands: joined
      ? [
          {
            A: tf.concat2d(
              operands.map(({ A }) => A),
              0,
            ),
            Bt: tf.concat2d(
              operands.map(({ Bt }) => Bt),
              0,
            ),
            gate: joinGates(operands),
          },
        ]
      : operands,
    split(gradients) {
      const result: BlockGradients["adapters"] = {};
      let row = 0;
      for (const [index, { site, operand }] of sites.entries()) {
        const rank = operand.A.shape[0];
        const gradient = gradients[joined ? 0 : index];
        if (gradient === undefined) continue;
        const cut = (m: Tensor2D): Tensor2D => (joined ? tf.slice2d(m, [row, 0], [rank, m.shape[1]]) : m);
        result[site] = { dA: cut(gradient.dA), dBt: narrow(site, cut(gradient.dBt)) };
        row += rank;
      }
      return result;
    },
  };
}
