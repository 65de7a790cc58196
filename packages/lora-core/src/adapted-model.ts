import { ConfigError } from "@dylora/errors";
import { foldKey, foldName, valueAndGradients } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Adapter, createAdapter } from "./adapter.ts";
import type { LoraConfig } from "./config.ts";
import { mergedModel } from "./merge.ts";
import type { AdaptableModel, ForwardContext, TokenBatch } from "./model.ts";
import { normaliseView, type RankView } from "./rank-view.ts";
import { type TrainingPlace, type ViewOperands, viewOperands } from "./view-operands.ts";

/** How an adapted model is run. */
export interface ForwardOptions {
  /** How much of the adapter is used; default `full`. */
  readonly view?: RankView;
  /** Where in a training run: turns dropout on. Absent: inference. */
  readonly training?: TrainingPlace;
}

/** A loss with its gradients in the adapter's flat layout. */
export interface LossAndGradients {
  /** The loss. */
  readonly loss: number;
  /** One number for each of `adapter.parameters.values`; zero where the view does not reach. */
  readonly gradients: Float32Array;
}

/**
 * A model with an adapter on it. Nothing is injected: the model is as it was, and may carry other adapters at the same
 * time. Detaching is dropping this object.
 */
export interface AdaptedModel<Inputs = TokenBatch> {
  /** The frozen model; still its owner's to dispose. */
  readonly model: AdaptableModel<Inputs>;
  /** The adapter. */
  readonly adapter: Adapter;
  /**
   * Runs the model with the adapter.
   *
   * @returns logits; the caller disposes them
   * @throws ConfigError `rank_out_of_range` or `bad_view`
   */
  forward(inputs: Inputs, options?: ForwardOptions): Tensor2D;
  /**
   * Computes a loss and its gradients with respect to pairs and head. Frees everything it allocates.
   *
   * @param loss makes a scalar from the logits
   */
  gradients(inputs: Inputs, loss: (logits: Tensor2D) => Scalar, options?: ForwardOptions): Promise<LossAndGradients>;
  /**
   * The model with the pairs folded into its weights at one rank: no cost for the adapter at run time. This model and
   * the adapter stay as they are, so there is nothing to unmerge, and another rank is another merge. Its head is the
   * adapter's. The caller disposes the result's `model`.
   */
  merged(rank?: number): Promise<AdaptedModel<Inputs>>;
}

/** Number of examples in a batch, where the inputs say so. */
function examplesOf(inputs: unknown): number {
  const { size } = inputs as Partial<TokenBatch>;
  if (typeof size === "number") return size;
  throw new ConfigError("bad_inputs", "the inputs must carry `size`, the number of examples");
}

function contextOf(operands: ViewOperands, loraDropout: number, training: TrainingPlace | undefined): ForwardContext {
  const stepKey = training === undefined ? 0 : foldKey(foldKey(training.seed, 0x64726f70), training.step);
  const dropout: ForwardContext["dropout"] = (site, probability) =>
    training === undefined || probability === 0
      ? undefined
      : { key: foldName(stepKey, site), probability, firstExample: training.firstExample ?? 0 };
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

/**
 * Puts an adapter on a model.
 *
 * @param adapter an adapter made for this model, or settings for a fresh one
 * @param seed of a fresh adapter; default 0
 * @throws ConfigError as `createAdapter` does, or `adapter_mismatch` when an adapter does not fit the model
 *
 * @example
 * ```ts
 * import { attach, type AdaptableModel } from "@dylora/lora-core";
 *
 * function describe(model: AdaptableModel): string {
 *   const { adapter } = attach(model, { rank: 4, targets: model.defaultTargets });
 *   return `${adapter.pairs.length} pairs of rank ${adapter.maxRank}`;
 * }
 * console.log(typeof describe); // function
 * ```
 */
export function attach<Inputs = TokenBatch>(
  model: AdaptableModel<Inputs>,
  adapter: Adapter | Partial<LoraConfig>,
  seed = 0,
): AdaptedModel<Inputs> {
  const own = "parameters" in adapter ? adapter : createAdapter(model, adapter, seed);
  checkFits(model, own);
  const open = (inputs: Inputs, { view = "full", training }: ForwardOptions) => {
    const operands = viewOperands(own, normaliseView(view, own.maxRank, examplesOf(inputs)), model.head);
    return { operands, context: contextOf(operands, own.config.dropout, training) };
  };
  return {
    model,
    adapter: own,
    forward(inputs, options = {}) {
      const { operands, context } = open(inputs, options);
      try {
        return tf.tidy(() => model.forward(inputs, context));
      } finally {
        operands.dispose();
      }
    },
    async gradients(inputs, loss, options = {}) {
      const { operands, context } = open(inputs, options);
      try {
        const tensors = operands.trainable.map(({ tensor }): Tensor => tensor);
        const result = await valueAndGradients(() => loss(model.forward(inputs, context)), tensors);
        const gradients = new Float32Array(own.parameters.values.length);
        operands.trainable.forEach(({ name }, index) => {
          gradients.set(result.gradients[index] ?? [], own.parameters.entry(name).offset);
        });
        return { loss: result.value, gradients };
      } finally {
        operands.dispose();
      }
    },
    async merged(rank = own.maxRank) {
      const model_ = await mergedModel(model, own, rank);
      return attach(model_, { ...own, pairs: [], maxRank: own.maxRank });
    },
  };
}

function checkFits<I>(model: AdaptableModel<I>, adapter: Adapter): void {
  const misfit = (what: string): ConfigError =>
    new ConfigError("adapter_mismatch", `the adapter does not fit this ${model.architecture} model: ${what}`);
  for (const { target } of adapter.pairs) {
    const site = model.sites.find(({ path }) => path === target.site.path);
    if (site === undefined) throw misfit(`there is no ${target.site.path}`);
    if (site.inFeatures !== target.site.inFeatures || site.outFeatures !== target.site.outFeatures) {
      throw misfit(`${site.path} is ${site.inFeatures} to ${site.outFeatures} features`);
    }
  }
  for (const { name, shape } of model.head) {
    const entry = adapter.parameters.entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw misfit(`it lacks the head's ${name}`);
    if (entry.shape.join() !== shape.join()) throw misfit(`${name} is [${entry.shape}], the model's [${shape}]`);
  }
}
