import type { FusedKernels, LoraOperand } from "@dylora/tensor";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { NativePairSet } from "./addon/addon.ts";
import { nativeAttention } from "./attention.ts";
import { runBlock } from "./block.ts";
import { runCachedBlock } from "./cached-block.ts";
import { crossEntropyGradient, crossEntropyLoss } from "./cross-entropy.ts";
import { freezeTable, runEmbed } from "./embedding.ts";
import { applyFrozen, applyFrozenBackward, NativeFrozenMatrix } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import { nativePair, type PairTargets, pairTargets } from "./lora.ts";
import { runUnembed, runUnembedGradient } from "./unembed.ts";

const outer = (shape: readonly number[], transposed: boolean): [rows: number, columns: number] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
};

/** The fused ops of the tensor package on the native backend. */
export function nativeKernels(context: KernelContext): Partial<FusedKernels> {
  const { addon, bfloat16 } = context;
  const numbers = (tensor: Tensor): Float32Array => context.tensors.numbers(tensor);
  const output = <T extends Tensor>(shape: readonly number[]): T => context.tensors.output<T>(shape);

  const multiply = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean, stack: number, y: Tensor) => {
    const [m, k] = outer(a.shape, transposeA);
    const [, n] = outer(b.shape, transposeB);
    addon.multiply(stack, m, n, k, numbers(a), transposeA, numbers(b), transposeB, numbers(y));
  };

  const pairSet = (x: Tensor2D, operand: LoraOperand, examples: number, targets?: PairTargets): NativePairSet => ({
    rows: x.shape[0],
    length: x.shape[0] / examples,
    inFeatures: x.shape[1],
    outFeatures: operand.Bt.shape[1],
    pairs: [nativePair(context, operand, 0, targets)],
  });

  return {
    freezeMatrix: (values, spec) => new NativeFrozenMatrix(addon, values, spec, bfloat16),

    freezeTable: (values, shape, output) => freezeTable(context, values, shape, output),
    embed: (ids, embedding) => runEmbed(context, ids, embedding),

    matMul(a, b, transposeA = false, transposeB = false) {
      const y = output<Tensor2D>([outer(a.shape, transposeA)[0], outer(b.shape, transposeB)[1]]);
      multiply(a, b, transposeA, transposeB, 1, y);
      return y;
    },

    batchMatMul(a, b, transposeA = false, transposeB = false) {
      const [stack] = a.shape;
      const y = output<Tensor3D>([stack, outer(a.shape, transposeA)[0], outer(b.shape, transposeB)[1]]);
      multiply(a, b, transposeA, transposeB, stack, y);
      return y;
    },

    frozenLinear: (x, weight, bias) => applyFrozen(context, x, weight, bias),
    frozenLinearGradient: (dy, weight) => applyFrozenBackward(context, dy, weight),
    unembed: (x, embedding, bias, record = false) => runUnembed(context, x, embedding, bias, record),
    unembedGradient: (dy, embedding) => runUnembedGradient(context, dy, embedding),

    lora(x, operand, examples) {
      const bottleneck = output<Tensor2D>([x.shape[0], operand.A.shape[0]]);
      const y = output<Tensor2D>([x.shape[0], operand.Bt.shape[1]]);
      addon.lora(pairSet(x, operand, examples), numbers(x), numbers(bottleneck), numbers(y));
      return { y, saved: [bottleneck] };
    },

    loraGradient(dy, x, operand, examples, [bottleneck]) {
      const targets = pairTargets(context, operand);
      const dx = output<Tensor2D>(x.shape);
      const set = pairSet(x, operand, examples, targets);
      addon.loraGradient(set, numbers(dy), numbers(x), numbers(bottleneck as Tensor), numbers(dx));
      return { dx, ...targets };
    },

    layerNorm(x, gamma, beta, epsilon) {
      const [rows, features] = x.shape;
      const [y, normalised, rstd] = [output<Tensor2D>(x.shape), output(x.shape), output([rows])];
      const [px, pg, pb, py, pn, pr] = [x, gamma, beta, y, normalised, rstd].map(numbers) as Six;
      addon.norm(rows, features, px, pg, pb, epsilon, py, pn, pr);
      return { y, saved: [normalised, rstd] };
    },

    layerNormGradient(dy, gamma, saved) {
      const [normalised, rstd] = saved as [Tensor2D, Tensor];
      const dx = output<Tensor2D>(dy.shape);
      const [rows, features] = dy.shape;
      addon.normGradient(rows, features, numbers(dy), numbers(gamma), numbers(normalised), numbers(rstd), numbers(dx));
      return dx;
    },

    gelu(x, form) {
      const y = output<typeof x>(x.shape);
      addon.gelu(form === "tanh", numbers(x), numbers(y));
      return y;
    },

    geluGradient(dy, x, form) {
      const dx = output<typeof x>(x.shape);
      addon.geluGradient(form === "tanh", numbers(dy), numbers(x), numbers(dx));
      return dx;
    },

    attention(qkv, options) {
      const hidden = qkv.shape[1] / 3;
      const y = output<Tensor2D>([qkv.shape[0], hidden]);
      addon.attention(nativeAttention(context, options, hidden, options.mask), numbers(qkv), numbers(y));
      return { y, saved: options.mask === undefined ? [] : [options.mask] };
    },

    attentionGradient(dy, qkv, options, [mask]) {
      const dQkv = output<Tensor2D>(qkv.shape);
      const shape = nativeAttention(context, options, dy.shape[1], mask);
      addon.attentionGradient(shape, numbers(dy), numbers(qkv), numbers(dQkv));
      return dQkv;
    },

    crossEntropy: (logits, target) => crossEntropyLoss(context, logits, target),
    crossEntropyGradient: (dy, target, saved) => crossEntropyGradient(context, dy, target, saved),

    block: (x, operands, options, record) => runBlock(context, x, operands, options, record),
    cachedBlock: (x, operands, options, cache) => runCachedBlock(context, x, operands, options, cache),

    adamw({ values, gradients, firstMoment, secondMoment, ranges, factors, betas: [beta1, beta2], epsilon }) {
      addon.adamw(values, gradients, firstMoment, secondMoment, ranges, factors, beta1, beta2, epsilon);
    },
  };
}

type Six = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
