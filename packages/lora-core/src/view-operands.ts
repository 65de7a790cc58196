import type { Gate, LoraOperand } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Adapter, LoraPair } from "./adapter.ts";
import type { HeadParameter } from "./model.ts";
import type { RankView } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

/** Tensors of an adapter under a view, ready for a forward pass. */
export interface ViewOperands {
  /** Parameter tensors that a gradient is wanted for, with the parameter each belongs to (its leading numbers). */
  readonly trainable: readonly { readonly name: string; readonly tensor: Tensor }[];
  /** The pair on a target path. */
  readonly pairs: ReadonlyMap<string, Omit<LoraOperand, "dropout">>;
  /** Head parameters by name. */
  readonly head: ReadonlyMap<string, Tensor>;
  /** Frees every tensor. */
  dispose(): void;
}

/** Ranks of a pair that a view reaches: the rest is never sent to the backend. */
function rowsInView(view: RankView, pair: LoraPair): number {
  if (view === "base") return 0;
  if (view === "full" || "gate" in view) return pair.rank;
  return Math.min(pair.rank, "rank" in view ? view.rank : Math.max(...view.ranks));
}

/** The gate of a pair: one factor where the whole batch shares a rank, else a row of factors for each example. */
function gateInView(view: RankView, pair: LoraPair, rows: number, scaling: Adapter["config"]["scaling"]): Gate {
  if (typeof view === "string" || "rank" in view) return scaleAt(scaling, rows, pair.alpha);
  if ("gate" in view) return tf.tensor1d(view.gate.subarray(0, rows));
  const gate = new Float32Array(view.ranks.length * rows);
  view.ranks.forEach((rank, example) => {
    const own = Math.min(rank, pair.rank);
    if (own > 0) gate.fill(scaleAt(scaling, own, pair.alpha), example * rows, example * rows + own);
  });
  return tf.tensor2d(gate, [view.ranks.length, rows]);
}

/**
 * Sends the part of an adapter that a view uses to the active backend. Copied first: a backend may keep the array it is
 * given, and training writes into the adapter's.
 *
 * @param view checked by `normaliseView`
 * @param originalHead the model's own head, used by the view `base`
 */
export function viewOperands(adapter: Adapter, view: RankView, originalHead: readonly HeadParameter[]): ViewOperands {
  const owned: Tensor[] = [];
  const dispose = () => tf.dispose(owned);
  const own = <T extends Tensor>(tensor: T): T => {
    owned.push(tf.keep(tensor));
    return tensor;
  };
  try {
    return { ...sendOperands(adapter, view, originalHead, own), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function sendOperands(
  { pairs: all, parameters, config }: Adapter,
  view: RankView,
  originalHead: readonly HeadParameter[],
  own: <T extends Tensor>(tensor: T) => T,
): Omit<ViewOperands, "dispose"> {
  const trainable: { name: string; tensor: Tensor }[] = [];
  const pairs = new Map<string, Omit<LoraOperand, "dropout">>();
  for (const pair of all) {
    const rows = rowsInView(view, pair);
    if (rows === 0) continue;
    const prefix = (name: string): Tensor2D => {
      const columns = parameters.entry(name).shape[1] ?? 0;
      const tensor = own(tf.tensor2d(parameters.get(name).slice(0, rows * columns), [rows, columns]));
      trainable.push({ name, tensor });
      return tensor;
    };
    const gate = gateInView(view, pair, rows, config.scaling);
    if (typeof gate !== "number") own(gate);
    pairs.set(pair.target.path, { A: prefix(pair.nameA), Bt: prefix(pair.nameB), gate });
  }
  const head = new Map<string, Tensor>();
  for (const { name, shape, values } of originalHead) {
    const current = view === "base" ? values : parameters.get(name).slice();
    const tensor = own(tf.tensor(current, [...shape]));
    head.set(name, tensor);
    if (view !== "base") trainable.push({ name, tensor });
  }
  return { trainable, pairs, head };
}
