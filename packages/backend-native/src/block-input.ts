import type { FrozenNorm } from "@dylora/tensor";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeBlockInput } from "./addon/addon.ts";
import type { Engine } from "./kernel-context.ts";

/** What backward keeps of a block's input: the input itself, or what a block before it keeps anyhow. */
export interface BlockInput {
  /** The input, or where `norm` is given the state of the block that made it. */
  readonly kept: Tensor;
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

/** What to keep of an input: as long as the block that made it keeps its normalised rows, these, which make it again. */
export function inputOf({ tensors }: Engine, x: Tensor): BlockInput {
  const output = outputs.get(x.dataId);
  const kept = output === undefined ? undefined : tensors.again(output.state);
  return output === undefined || kept === undefined ? { kept: x } : { kept, norm: output.norm };
}

/** The input as the addon takes it. @param size numbers of the input */
export function nativeInput({ tensors }: Engine, { kept, norm }: BlockInput, size: number): NativeBlockInput {
  const values = tensors.numbers(kept);
  if (norm === undefined) return values;
  return { hat: values.subarray(0, size), gamma: tensors.numbers(norm.gamma), beta: tensors.numbers(norm.beta) };
}
