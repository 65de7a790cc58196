import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** True while tfjs records operations for a gradient, so an op can skip keeping what only backward needs. */
export function isRecording(): boolean {
  return (tf.engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
}

/** Gradients to one tensor alone that an op here has made: only the op which that tensor is the result of reads them. */
const owned = new WeakSet<Tensor>();

/** Frees a gradient that has been read, and notes those that took its place. */
function passOn(dy: Tensor, gradients: readonly Tensor[]): void {
  if (owned.has(dy) && !gradients.includes(dy)) dy.dispose();
  for (const gradient of gradients) {
    if (gradients.indexOf(gradient) === gradients.lastIndexOf(gradient)) owned.add(gradient);
    else owned.delete(gradient);
  }
}

/**
 * One op on tfjs's tape with its own gradient. Compared with `tf.customGrad` it frees what the gradient function
 * allocates on the way, and the saved tensors and the gradient of the result as soon as this op's gradient is known
 * instead of when the whole backward pass ends: for a deep model that is most of the memory.
 *
 * @param inputs tensors that may receive a gradient, in order
 * @param forward computes the result and names what to save
 * @param gradient gradients of the inputs, in order, from the gradient of the result and the saved tensors
 */
export function recordedOp<I extends readonly Tensor[], T extends Tensor>(
  inputs: I,
  forward: () => { y: T; saved: readonly Tensor[] },
  gradient: (dy: T, saved: readonly Tensor[]) => readonly Tensor[],
): T {
  const op = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const { y, saved } = forward();
    save([...saved]);
    return {
      value: y,
      gradFunc: (dy: Tensor, savedTensors: Tensor[]) => {
        const gradients = tf.tidy(() => gradient(dy as T, savedTensors) as Tensor[]);
        for (const tensor of savedTensors) tensor.dispose();
        passOn(dy, gradients);
        return gradients;
      },
    };
  }) as (...args: Tensor[]) => T;
  return op(...inputs);
}

/**
 * Computes what depends on nothing that is trained: nothing of it is recorded, and all but its result is freed, which a
 * tape would keep until the whole backward pass ends.
 *
 * @param compute makes the result
 * @returns the result; the caller disposes it
 */
export function unrecorded<T extends Tensor>(compute: () => T): T {
  const op = tf.customGrad(() => ({ value: compute(), gradFunc: () => [] })) as () => Tensor;
  return op() as T;
}
