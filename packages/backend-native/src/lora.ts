import type { LoraOperand } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { NativePair } from "./addon/addon.ts";
import { nativeDropout } from "./dropout.ts";
import type { KernelContext } from "./kernel-context.ts";

/** Where the gradients of a pair go. */
export interface PairTargets {
  readonly dA: Tensor2D;
  readonly dBt: Tensor2D;
}

/** Room for the gradients of a pair. */
export function pairTargets({ tensors }: KernelContext, { A, Bt }: LoraOperand): PairTargets {
  return { dA: tensors.output(A.shape), dBt: tensors.output(Bt.shape) };
}

/** A pair as the addon takes it, on columns of the output from `column` on. */
export function nativePair(
  context: KernelContext,
  operand: LoraOperand,
  column: number,
  targets?: PairTargets,
): NativePair {
  const { tensors } = context;
  const { A, Bt, gate, dropout } = operand;
  const scalar = typeof gate === "number";
  return {
    column,
    rank: A.shape[0],
    outFeatures: Bt.shape[1],
    A: tensors.numbers(A),
    Bt: tensors.numbers(Bt),
    gate: scalar ? null : tensors.numbers(gate),
    gateOfExample: !scalar && gate.rank === 2,
    factor: scalar ? gate : 1,
    dropout: nativeDropout(dropout),
    ...(targets === undefined ? {} : { dA: tensors.numbers(targets.dA), dBt: tensors.numbers(targets.dBt) }),
  };
}
