import type { DropoutKey, LoraOperand } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { AdaptableSite } from "./site.ts";

/** A parameter of a model's head that is trained whole beside the pairs (PEFT's `modules_to_save`). */
export interface HeadParameter {
  /** Dotted name as in the Hugging Face file, for instance `classifier.dense.weight`. */
  readonly name: string;
  /** Shape, as stored in the file. */
  readonly shape: readonly number[];
  /** Values training starts from. */
  readonly values: Float32Array;
  /**
   * True when the values were drawn anew because the model's files do not hold them. Until it is trained, or replaced
   * by an adapter that saves it, the output of such a head means nothing.
   */
  readonly fresh: boolean;
}

/**
 * What is added to the weights of a model, by site path: a `Map` of matrices, or anything that makes each matrix when
 * it is asked for.
 */
export interface WeightDeltas {
  /** Paths of the sites whose weight changes. */
  keys(): Iterable<string>;
  /** The matrix for a site, row-major in the site's layout; undefined where nothing is added. */
  get(path: string): Float32Array | undefined;
}

/** What a forward pass is given besides its inputs. Nothing of it is stored in the model. */
export interface ForwardContext {
  /** The pair on a target, or undefined where there is none. */
  adapter(path: string): LoraOperand | undefined;
  /** A head parameter as a tensor of its shape. */
  parameter(name: string): Tensor;
  /** Where a dropout of the model draws its mask; undefined outside training or at probability 0. */
  dropout(site: string, probability: number): DropoutKey | undefined;
}

/** A padded batch of token ids, row-major `[size, length]`, as `@dylora/data` makes it. */
export interface TokenBatch {
  /** Token ids. */
  readonly inputIds: ArrayLike<number>;
  /** 1 for tokens, 0 for padding. */
  readonly attentionMask: ArrayLike<number>;
  /** Number of sequences. */
  readonly size: number;
  /** Tokens of each, padding included. */
  readonly length: number;
}

/**
 * A frozen model that can carry adapters. It declares where; it knows no adapter by name. Write one to support another
 * architecture; `testModelAdapter` of `@dylora/test-kit` checks it. The owner disposes it.
 */
export interface AdaptableModel<Inputs = TokenBatch> {
  /** Name of the architecture, for instance `roberta`. */
  readonly architecture: string;
  /** Where pairs can sit. */
  readonly sites: readonly AdaptableSite[];
  /** Targets when a configuration names none. */
  readonly defaultTargets: readonly string[];
  /** Parameters of the head that are trained whole; empty when nothing but pairs is trained. */
  readonly head: readonly HeadParameter[];
  /** What a person should know about the files it was loaded from: a line for each thing that is odd. */
  readonly warnings?: readonly string[];
  /**
   * Runs the model.
   *
   * @returns logits `[rows, classes]`; the caller disposes them
   */
  forward(inputs: Inputs, context: ForwardContext): Tensor2D;
  /**
   * The same model with something added to some weights: every other weight is shared with this one, which stays as
   * it is. Dispose the result before this one. On a result it adds to what was added before.
   */
  withDeltas(deltas: WeightDeltas): Promise<AdaptableModel<Inputs>>;
  /** Frees the weights. Calling it twice does nothing. */
  dispose(): void;
  /** The same, for `using`; the models of dylora have it. */
  [Symbol.dispose]?(): void;
}
