import type { CrossEntropyTarget } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelContext } from "./kernel-context.ts";
import { type LazyValues, pin } from "./tfjs/lazy-tensor.ts";

/** Gradient to logits that nobody has read, with what it becomes behind their layer. */
export class LogitsGradient implements LazyValues {
  readonly #context: KernelContext;
  readonly #target: CrossEntropyTarget;
  readonly #scale: number;
  readonly #logits: Tensor2D;
  readonly #stats: Tensor;
  readonly #dx: Tensor2D;

  /** @param scale gradient to the mean loss */
  constructor(
    context: KernelContext,
    target: CrossEntropyTarget,
    scale: number,
    saved: readonly [Tensor2D, Tensor, Tensor2D],
  ) {
    const [logits, stats, dx] = saved;
    this.#context = context;
    this.#target = target;
    this.#scale = scale;
    this.#logits = pin(logits);
    this.#stats = pin(stats);
    this.#dx = pin(dx);
  }

  /** Gradient to the hidden states. */
  toHidden(): Tensor2D {
    return this.#scale === 1 ? tf.clone(this.#dx) : tf.mul(this.#dx, this.#scale);
  }

  fill(target: Float32Array): void {
    logitsGradient(this.#context, this.#target, this.#scale, this.#logits, this.#stats, target);
  }

  release(): void {
    tf.dispose([this.#logits, this.#stats, this.#dx]);
  }
}

/** Writes the gradient to logits, `scale` being that to the mean loss. */
export function logitsGradient(
  { addon, tensors }: KernelContext,
  { labels, counts, total, smoothing }: CrossEntropyTarget,
  scale: number,
  logits: Tensor2D,
  stats: Tensor,
  d: Float32Array,
): void {
  const [values, ofRow] = [tensors.numbers(logits), tensors.numbers(stats)];
  addon.entropyGradient(...logits.shape, values, labels, counts, ofRow, smoothing, scale / total, d);
}
