import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  type BlockOperands,
  type BlockOptions,
  type BlockResult,
  type BlockSite,
  type FrozenNorm,
  tokensWanted,
} from "../contract/block.ts";
import type { DropoutKey } from "../contract/dropout.ts";
import type { FrozenLinear } from "../contract/frozen-matrix.ts";
import type { FusedKernels } from "../contract/kernels.ts";
import type { Gate, LoraOperand } from "../contract/lora.ts";
import { adaptedLinear, adaptedLinearGradient } from "./adapted-linear.ts";
import { qkvAdapters } from "./qkv-adapters.ts";
import { takeFrom } from "./take.ts";

/** One step of the block: its result, what its gradient needs, and the gradient itself; undefined where none is wanted. */
interface Stage {
  readonly y: Tensor2D;
  readonly saved: readonly Tensor[];
  gradient(dy: Tensor2D, saved: readonly Tensor[]): Tensor2D | undefined;
}

/** The first tokens of each sequence, and the way back: zeros for the others. */
function firstTokens(options: BlockOptions) {
  const { batch, length } = options;
  const tokens = tokensWanted(options);
  const cut = (x: Tensor2D, from: number, to: number, resize: (perSequence: Tensor2D) => Tensor2D): Tensor2D => {
    if (tokens === length) return x;
    const hidden = x.shape[1];
    return tf.reshape(resize(tf.reshape(x, [batch, from * hidden])), [batch * to, hidden]);
  };
  return {
    narrow: (x: Tensor2D) => cut(x, length, tokens, (rows) => tf.slice2d(rows, [0, 0], [batch, tokens * x.shape[1]])),
    widen: (d: Tensor2D) =>
      cut(d, tokens, length, (rows) =>
        tf.pad2d(rows, [
          [0, 0],
          [0, (length - tokens) * d.shape[1]],
        ]),
      ),
  };
}

type AdapterGradients = ReturnType<BlockResult["gradient"]>["adapters"];

function norm(kernels: FusedKernels, x: Tensor2D, weights: FrozenNorm, epsilon: number): Stage {
  return {
    ...kernels.layerNorm(x, weights.gamma, weights.beta, epsilon),
    gradient: (dy, saved) => kernels.layerNormGradient(dy, weights.gamma, saved),
  };
}

function dropout(
  kernels: FusedKernels,
  x: Tensor2D,
  dropoutKey: DropoutKey | undefined,
  { batch }: BlockOptions,
): Stage {
  if (dropoutKey === undefined || dropoutKey.probability === 0) return { y: x, saved: [], gradient: (dy) => dy };
  return {
    ...kernels.dropout(x, dropoutKey, batch),
    gradient: (dy, saved) => kernels.dropoutGradient(dy, dropoutKey, batch, saved),
  };
}

function adapted(
  kernels: FusedKernels,
  x: Tensor2D,
  linear: FrozenLinear,
  operands: readonly LoraOperand[],
  examples: number,
  inputWanted: boolean,
  onGradients: (pairs: { dA: Tensor2D; dBt: Tensor2D }[]) => void,
): Stage {
  const { y, saved } = adaptedLinear(kernels, x, linear, operands, examples);
  const gates = operands.map(({ gate }) => (typeof gate === "number" ? [] : [gate]));
  // Everything the gradient reads is saved, also what the caller owns: its handles may be gone by then.
  const savedTensors = operands.flatMap(({ A, Bt }, index) => [
    A,
    Bt,
    ...(gates[index] ?? []),
    ...(saved[index] ?? []),
  ]);
  return {
    y,
    saved: operands.length === 0 ? [] : [x, ...savedTensors],
    gradient(dy, [input, ...list]) {
      const take = takeFrom(list);
      const lists: (readonly Tensor[])[] = [];
      const own = operands.map((operand, index): LoraOperand => {
        const [A, Bt] = take(2) as [Tensor2D, Tensor2D];
        const [gate] = take(gates[index]?.length ?? 0) as [Gate?];
        lists.push(take(saved[index]?.length ?? 0));
        return { ...operand, A, Bt, gate: gate ?? operand.gate };
      });
      const result = adaptedLinearGradient(
        kernels,
        dy,
        input as Tensor2D | undefined,
        linear,
        own,
        examples,
        lists,
        inputWanted,
      );
      onGradients(result.pairs);
      return result.dx;
    },
  };
}

/**
 * A transformer block from the small kernels, with an explicit backward pass: post-norm is norm(x + f(x)) twice,
 * pre-norm x + f(norm(x)) twice, f being the attention and then the feed-forward layers.
 */
export function block(
  kernels: FusedKernels,
  x: Tensor2D,
  operands: BlockOperands,
  options: BlockOptions,
  record: boolean,
): BlockResult {
  const { weights, adapters } = operands;
  const examples = options.batch;
  const hidden = x.shape[1];
  const { narrow, widen } = firstTokens(options);
  const gradients: AdapterGradients = {};
  const stages: Stage[] = [];
  const run = (stage: Stage): Tensor2D => {
    stages.push(stage);
    return stage.y;
  };
  const single = (site: BlockSite, input: Tensor2D, linear: FrozenLinear): Tensor2D => {
    const operand = adapters[site];
    return run(
      adapted(kernels, input, linear, operand === undefined ? [] : [operand], examples, true, ([pair]) => {
        if (pair !== undefined) gradients[site] = pair;
      }),
    );
  };

  const attentionPart = (input: Tensor2D): Tensor2D => {
    const fused = qkvAdapters(adapters, hidden);
    const inputWanted = options.frozenInput !== true;
    const qkv = run(
      adapted(kernels, input, weights.qkv, fused.operands, examples, inputWanted, (pairs) =>
        Object.assign(gradients, fused.split(pairs)),
      ),
    );
    const { dropout: dropoutKey, ...shape } = options;
    const spec = dropoutKey?.attention === undefined ? shape : { ...shape, dropout: dropoutKey.attention };
    const result = kernels.attention(qkv, spec);
    const context = run({
      y: result.y,
      saved: [qkv, ...result.saved],
      gradient: (dy, [packed, ...saved]) => kernels.attentionGradient(dy, packed as Tensor2D, spec, saved),
    });
    const wanted = run({ y: narrow(context), saved: [], gradient: widen });
    return run(
      dropout(
        kernels,
        single("attentionOutput", wanted, weights.attentionOutput),
        dropoutKey?.attentionOutput,
        options,
      ),
    );
  };
  const feedForward = (input: Tensor2D): Tensor2D => {
    const inner = single("intermediate", input, weights.intermediate);
    const active = run({
      y: kernels.gelu(inner, options.gelu),
      saved: [inner],
      gradient: (dy, [input]) => kernels.geluGradient(dy, input as Tensor2D, options.gelu),
    });
    return run(dropout(kernels, single("output", active, weights.output), options.dropout?.output, options));
  };

  // The two residual branches; `stages` up to each boundary belong to that branch.
  const halves: { from: number; to: number; shortcut: (d: Tensor2D) => Tensor2D }[] = [];
  const residual = (
    input: Tensor2D,
    part: (input: Tensor2D) => Tensor2D,
    weightsOfNorm: FrozenNorm,
    [forward, shortcut]: readonly [narrow: (x: Tensor2D) => Tensor2D, widen: (d: Tensor2D) => Tensor2D],
  ): Tensor2D => {
    const from = stages.length;
    const branch = part(options.norm === "pre" ? run(norm(kernels, input, weightsOfNorm, options.epsilon)) : input);
    const sum = tf.add(forward(input), branch) as Tensor2D;
    halves.push({ from, to: stages.length, shortcut });
    return options.norm === "pre" ? sum : run(norm(kernels, sum, weightsOfNorm, options.epsilon));
  };
  const same = (x: Tensor2D): Tensor2D => x;
  const middle = residual(x, attentionPart, weights.attentionNorm, [narrow, widen]);
  const y = residual(middle, feedForward, weights.outputNorm, [same, same]);

  const counts = stages.map((stage) => stage.saved.length);
  return {
    y,
    saved: record ? stages.flatMap((stage) => stage.saved) : [],
    gradient(dy, saved) {
      const lists = counts.map(takeFrom(saved));
      const back = (d: Tensor2D, from: number, to: number): Tensor2D | undefined => {
        let gradient: Tensor2D | undefined = d;
        for (let s = to - 1; s >= from && gradient !== undefined; s--) {
          gradient = stages[s]?.gradient(gradient, lists[s] ?? []);
        }
        return gradient;
      };
      let gradient: Tensor2D | undefined = dy;
      let end = stages.length;
      for (const { from, to, shortcut } of [...halves].reverse()) {
        const atSum: Tensor2D | undefined = back(gradient as Tensor2D, to, end);
        const ofBranch = back(atSum as Tensor2D, from, to);
        gradient = ofBranch === undefined ? undefined : tf.add(shortcut(atSum as Tensor2D), ofBranch);
        end = from;
      }
      return { dx: gradient, adapters: gradients };
    },
  };
}
