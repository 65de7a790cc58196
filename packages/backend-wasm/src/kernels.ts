import type { AttentionOptions, CrossEntropyTarget, FusedKernels } from "@dylora/tensor";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { runAttention, runAttentionGradient } from "./attention.ts";
import { runBlock } from "./block.ts";
import { crossEntropyGradient, crossEntropyLoss } from "./cross-entropy.ts";
import { applyFrozen, applyFrozenGradient, WasmFrozenMatrix } from "./frozen-matrix.ts";
import { type KernelContext, productFlags } from "./kernel-context.ts";
import { bottleneck, expand, pairGradients, pairInMemory } from "./lora.ts";

const outer = (shape: readonly number[], transposed: boolean): [rows: number, columns: number] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
};

/** The fused ops of the tensor package on the wasm backend. */
export function wasmKernels(context: KernelContext): Partial<FusedKernels> {
  const { kernels, memory, work } = context;

  const batchMatMul = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean, batch: number, y: Tensor) => {
    const [m, k] = outer(a.shape, transposeA);
    const [, n] = outer(b.shape, transposeB);
    const flags = productFlags({ transposeA, transposeB });
    const lda = transposeA ? m : k;
    const ldb = transposeB ? k : n;
    const [pa, pb, py] = [memory.at(a), memory.at(b), memory.at(y)];
    kernels.batchGemm(flags, batch, m, n, k, pa, lda, m * k, pb, ldb, k * n, py, n, m * n, work);
  };

  return {
    freezeMatrix: (values, spec) => new WasmFrozenMatrix(values, spec),

    matMul(a, b, transposeA = false, transposeB = false) {
      const y = memory.output<Tensor2D>([outer(a.shape, transposeA)[0], outer(b.shape, transposeB)[1]]);
      batchMatMul(a, b, transposeA, transposeB, 1, y);
      return y;
    },

    batchMatMul(a, b, transposeA = false, transposeB = false) {
      const [batch] = a.shape;
      const y = memory.output<Tensor3D>([batch, outer(a.shape, transposeA)[0], outer(b.shape, transposeB)[1]]);
      batchMatMul(a, b, transposeA, transposeB, batch, y);
      return y;
    },

    frozenLinear(x, weight, bias) {
      const [rows] = x.shape;
      const y = memory.output<Tensor2D>([rows, weight.outFeatures]);
      applyFrozen(context, rows, memory.at(x), bias === undefined ? { weight } : { weight, bias }, memory.at(y));
      return y;
    },

    frozenLinearGradient(dy, weight) {
      const [rows] = dy.shape;
      const dx = memory.output<Tensor2D>([rows, weight.inFeatures]);
      applyFrozenGradient(context, rows, memory.at(dy), weight, memory.at(dx), false);
      return dx;
    },

    lora(x, operand, examples) {
      const [rows] = x.shape;
      const pair = pairInMemory(context, operand, rows, examples);
      const u = memory.output<Tensor2D>([rows, pair.rank]);
      const y = memory.output<Tensor2D>([rows, pair.outFeatures]);
      bottleneck(context, pair, memory.at(x), memory.at(u));
      expand(context, pair, memory.at(u), { at: memory.at(y), step: pair.outFeatures }, false);
      return { y, saved: [u] };
    },

    loraGradient(dy, x, operand, examples, [u]) {
      const [rows] = x.shape;
      const pair = pairInMemory(context, operand, rows, examples);
      const [dx, dA, dBt] = [x, operand.A, operand.Bt].map(({ shape }) => memory.output<Tensor2D>(shape)) as [
        Tensor2D,
        Tensor2D,
        Tensor2D,
      ];
      const targets = { dx: memory.at(dx), addToDx: false, dA: memory.at(dA), dBt: memory.at(dBt) };
      const gradient = { at: memory.at(dy), step: pair.outFeatures };
      pairGradients(context, pair, gradient, memory.at(x), memory.at(u as Tensor), targets);
      return { dx, dA, dBt };
    },

    layerNorm(x, gamma, beta, epsilon) {
      const [rows, features] = x.shape;
      const y = memory.output<Tensor2D>(x.shape);
      const stats = memory.output([rows, 2]);
      const [px, pg, pb, py, ps] = [x, gamma, beta, y, stats].map((tensor) => memory.at(tensor)) as Pointers5;
      kernels.layerNorm(rows, features, px, 0, pg, pb, epsilon, py, ps);
      return { y, saved: [x, stats] };
    },

    layerNormGradient(dy, gamma, saved) {
      const [x, stats] = saved as [Tensor2D, Tensor2D];
      const dx = memory.output<Tensor2D>(dy.shape);
      const [pdy, pg, px, ps, pdx] = [dy, gamma, x, stats, dx].map((tensor) => memory.at(tensor)) as Pointers5;
      kernels.layerNormGradient(dy.shape[0], dy.shape[1], pdy, pg, px, ps, pdx, 0);
      return dx;
    },

    gelu(x, form) {
      const y = memory.output<typeof x>(x.shape);
      kernels.gelu(form === "tanh" ? 1 : 0, x.size, memory.at(x), memory.at(y));
      return y;
    },

    geluGradient(dy, x, form) {
      const dx = memory.output<typeof x>(x.shape);
      kernels.geluGradient(form === "tanh" ? 1 : 0, x.size, memory.at(dy), memory.at(x), memory.at(dx));
      return dx;
    },

    attention(qkv: Tensor2D, options: AttentionOptions) {
      const y = memory.output<Tensor2D>([qkv.shape[0], qkv.shape[1] / 3]);
      runAttention(context, memory.at(qkv), qkv.shape[1] / 3, options, options.mask, memory.at(y));
      return { y, saved: options.mask === undefined ? [] : [options.mask] };
    },

    attentionGradient(dy, qkv, options, [mask]) {
      const dqkv = memory.output<Tensor2D>(qkv.shape);
      runAttentionGradient(context, memory.at(dy), memory.at(qkv), dy.shape[1], options, mask, memory.at(dqkv));
      return dqkv;
    },

    crossEntropy: (logits: Tensor2D, target: CrossEntropyTarget) => crossEntropyLoss(context, logits, target),
    crossEntropyGradient: (dy, target, saved) => crossEntropyGradient(context, dy, target, saved),

    block: (x, operands, options, record) => runBlock(context, x, operands, options, record),
  };
}

type Pointers5 = [number, number, number, number, number];
