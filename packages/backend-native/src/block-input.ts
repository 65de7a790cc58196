import type { FrozenNorm } from "@dylora/tensor";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeBlockInput } from "./addon/addon.ts";
import type { KernelContext } from "./kernel-context.ts";

/** What is saved of a block's input for backward: the input itself, or what a block before it saves anyhow. */
export interface BlockInput {
  /** The input, or where `norm` is given the state of the block that made it. */
  readonly saved: Tensor;
  /** Normalisation that made the input of the rows with which that state begins. */
  readonly norm?: FrozenNorm;
}

interface Output {
  readonly state: TensorInfo;
  readonly norm: FrozenNorm;
}

/** Outputs of post-norm blocks in float32, by their data. */
const outputs = new WeakMap<object, Output>();

/** Says that a block made this tensor of the normalised rows its state begins with. */
export function rememberOutput(y: Tensor, { dataId, shape, dtype }: Tensor, norm: FrozenNorm): void {
  outputs.set(y.dataId, { state: { dataId, shape, dtype }, norm });
}

/** What to save of an input: its block's normalised rows, which make it again, as long as that block saves them. */
export function inputOf({ tensors }: KernelContext, x: Tensor): BlockInput {
  const output = outputs.get(x.dataId);
  const saved = output === undefined ? undefined : tensors.again(output.state);
  return output === undefined || saved === undefined ? { saved: x } : { saved, norm: output.norm };
}

/** The input as the addon takes it. @param size numbers of the input */
export function nativeInput({ tensors }: KernelContext, { saved, norm }: BlockInput, size: number): NativeBlockInput {
  const values = tensors.numbers(saved);
  if (norm === undefined) return values;
  return { hat: values.subarray(0, size), gamma: tensors.numbers(norm.gamma), beta: tensors.numbers(norm.beta) };
}
