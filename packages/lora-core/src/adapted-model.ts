import { ConfigError, isWhole } from "@dylora/errors";
import { type ValueAndGradients, valueAndGradients } from "@dylora/tensor";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Adapter, type CreateAdapterOptions, createAdapter } from "./adapter.ts";
import { checkFits } from "./check-fits.ts";
import { checkUsableRanks } from "./check-usable-ranks.ts";
import type { LoraConfig } from "./config.ts";
import { mergeAdapter } from "./merge.ts";
import type { AdaptableModel, ForwardContext, TokenBatch } from "./model.ts";
import { normaliseView, type RankView } from "./rank-view.ts";
import { type DropoutAt, dropoutAt, type StepContext } from "./step-context.ts";
import { type ViewOperands, viewOperands } from "./view-operands.ts";

/** How an adapted model is run. */
export interface ForwardOptions {
  /** How much of the adapter is used; default `full`. */
  readonly view?: RankView;
  /** The step of a training run, which turns dropout on. Absent: inference. */
  readonly training?: StepContext;
}

/** A loss with its gradients in the adapter's flat layout. */
export interface LossAndGradients {
  /** The loss. */
  readonly loss: number;
  /** One number for each of `adapter.parameters.values`; zero where the view does not reach. */
  readonly gradients: Float32Array;
}

/** An adapter under a view, its tensors on the backend. */
export interface BoundAdapter {
  /** What the model's own methods take. */
  readonly context: ForwardContext;
  /** Frees its tensors. Calling it twice does nothing. */
  dispose(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * A model with an adapter on it. Nothing is injected: the model is as it was, and may carry other adapters at the same
 * time. Detaching is dropping this object.
 */
export interface AdaptedModel<Inputs = TokenBatch> {
  /** The frozen model; still its owner's to dispose. */
  readonly model: AdaptableModel<Inputs>;
  /** The adapter. Its parameters are read anew by every call: training writes into them in place. */
  readonly adapter: Adapter;
  /**
   * Runs the model with the adapter.
   *
   * @returns logits; the caller disposes them
   * @throws ConfigError `rank_out_of_range`, `bad_view` or `bad_step_context`, and what the model throws
   */
  forward(inputs: Inputs, options?: ForwardOptions): Tensor2D;
  /**
   * Binds the adapter under a view, its tensors sent to the backend once, for any number of calls of the model's own methods, for instance one for each token
   * of a text. It holds the parameters of this moment: later training does not reach it.
   *
   * @param examples examples in the batch of each call
   * @returns what those methods take; the caller disposes it
   * @throws ConfigError `rank_out_of_range` or `bad_view`
   */
  bind(view: RankView, examples: number): BoundAdapter;
  /**
   * Computes a loss and its gradients with respect to pairs and head. Frees everything it allocates.
   *
   * @param loss makes a scalar from the logits with ops that have a gradient: those of `@dylora/tensor`, and the plain
   * tfjs ones it registers
   * @throws as {@link AdaptedModel.forward}, and what `loss` throws
   */
  gradients(inputs: Inputs, loss: (logits: Tensor2D) => Scalar, options?: ForwardOptions): Promise<LossAndGradients>;
  /**
   * The model with the pairs folded into its weights at one rank: no cost for the adapter at run time. This model and
   * the adapter stay as they are, so there is nothing to unmerge, and another rank is another merge. The result has
   * the adapter's head and no pairs: its only views are `full` and `base`, which are the same until its head is
   * trained. Dispose the result's `model` before this one.
   *
   * @param rank effective rank b; default the adapter's highest
   * @throws ConfigError `rank_out_of_range`
   */
  merged(rank?: number): Promise<AdaptedModel<Inputs>>;
}

/** Number of examples in a batch. */
function examplesOf(inputs: unknown): number {
  const { size } = inputs as Partial<TokenBatch>;
  if (isWhole(size, { min: 1 })) return size;
  throw new ConfigError("bad_inputs", `a batch needs \`size\`, the number of its examples, at least 1; found ${size}`);
}

function contextOf(operands: ViewOperands, loraDropout: number, dropout: DropoutAt): ForwardContext {
  return {
    dropout,
    adapter(path) {
      const pair = operands.pairs.get(path);
      const place = pair === undefined ? undefined : dropout(`${path}.lora_dropout`, loraDropout);
      return pair === undefined || place === undefined ? pair : { ...pair, dropout: place };
    },
    parameter(name) {
      const tensor = operands.head.get(name);
      if (tensor === undefined) throw new ConfigError("unknown_parameter", `the adapter has no parameter "${name}"`);
      return tensor;
    },
  };
}

/** tfjs takes no gradient by nothing: the view `base`, or pairs that are all off on a model without a head. */
async function lossAlone(loss: () => Scalar): Promise<ValueAndGradients> {
  const scalar = tf.tidy(loss);
  const [value = Number.NaN] = await scalar.data();
  scalar.dispose();
  return { value, gradients: [] };
}

/**
 * Puts an adapter on a model.
 *
 * @param model the frozen model; it is neither changed nor taken over
 * @param adapter an adapter made for this model, or settings for a fresh one
 * @param options seed of a fresh adapter
 * @throws ConfigError as `createAdapter` does, `rank_above_layer` when no layer can use so high a rank, or
 * `adapter_mismatch` when an adapter does not fit the model
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { type AdaptableModel, attach } from "@dylora/lora-core";
 * import { frozenLinear, freezeMatrix, loraLinear, useBackend } from "@dylora/tensor";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const weight = freezeMatrix(Float32Array.of(1, 2, 3, 4), { inFeatures: 2, outFeatures: 2, layout: "out-in" });
 * const model: AdaptableModel<{ size: number; rows: number[][] }> = {
 *   architecture: "one-layer",
 *   sites: [{ path: "layer", inFeatures: 2, outFeatures: 2, layout: "out-in" }],
 *   defaultTargets: ["layer"],
 *   head: [],
 *   forward({ rows, size }, context) {
 *     const pair = context.adapter("layer");
 *     const x = tf.tensor2d(rows);
 *     return pair === undefined ? frozenLinear(x, { weight }) : loraLinear(x, { weight }, pair, size);
 *   },
 *   withDeltas: async () => model,
 *   dispose: () => weight.dispose(),
 * };
 *
 * const adapted = attach(model, { rank: 2 });
 * const logits = adapted.forward({ size: 1, rows: [[1, 1]] }, { view: { rank: 1 } });
 * console.log(await logits.data()); // 3, 7: B starts at 0, so nothing has changed yet
 * logits.dispose();
 * model.dispose();
 * ```
 */
export function attach<Inputs = TokenBatch>(
  model: AdaptableModel<Inputs>,
  adapter: Adapter | Partial<LoraConfig>,
  options: CreateAdapterOptions = {},
): AdaptedModel<Inputs> {
  const isMade = "parameters" in adapter;
  const own = isMade ? adapter : createAdapter(model, adapter, options);
  if (!isMade) checkUsableRanks(own);
  checkFits(model, own);
  const prepare = (examples: number, { view = "full", training }: ForwardOptions) => {
    const checked = normaliseView(view, own.maxRank, examples);
    const dropout = dropoutAt(training);
    const operands = viewOperands(own, checked, model.head);
    return { operands, context: contextOf(operands, own.config.dropout, dropout) };
  };
  return {
    model,
    adapter: own,
    forward(inputs, options = {}) {
      const { operands, context } = prepare(examplesOf(inputs), options);
      try {
        return tf.tidy(() => model.forward(inputs, context));
      } finally {
        operands.dispose();
      }
    },
    bind(view, examples) {
      const { operands, context } = prepare(examplesOf({ size: examples }), { view });
      return { context, dispose: operands.dispose, [Symbol.dispose]: operands.dispose };
    },
    async gradients(inputs, loss, options = {}) {
      const { operands, context } = prepare(examplesOf(inputs), options);
      const { trainable } = operands;
      try {
        const run = () => loss(model.forward(inputs, context));
        const tensors = trainable.map(({ tensor }) => tensor);
        const result = await (tensors.length === 0 ? lossAlone(run) : valueAndGradients(run, tensors));
        const gradients = new Float32Array(own.parameters.values.length);
        trainable.forEach(({ name }, index) => {
          gradients.set(result.gradients[index] ?? [], own.parameters.entry(name).offset);
        });
        return { loss: result.value, gradients };
      } finally {
        operands.dispose();
      }
    },
    async merged(rank = own.maxRank) {
      const merged = await mergeAdapter(model, own, rank);
      return attach(merged.model, merged.adapter);
    },
  };
}
