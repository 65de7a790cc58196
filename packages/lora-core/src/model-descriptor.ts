import type { AdaptableModel } from "./model.ts";
import type { PeftTarget } from "./plan-peft.ts";
import type { WeightSource } from "./weight-source.ts";

/** What the outputs of a classifier mean, as transformers names it. */
export type ProblemType = "single_label_classification" | "multi_label_classification" | "regression";

/**
 * What {@link ModelArchitecture.load} is told about the head.
 *
 * @experimental
 */
export interface LoadModelOptions {
  /** Outputs of the head of a classifier, 1 for regression; default 1. A model that generates ignores it. */
  readonly outputs?: number | undefined;
  /**
   * Names of the classes that the head is to have, so that a trained one can be matched with them; undefined where there
   * are none, or where the head will be replaced.
   */
  readonly classes?: readonly string[] | undefined;
  /** Seed of a head that the files do not hold; default 0. */
  readonly seed?: number;
}

/**
 * What a model with an adapter merged into it is written as.
 *
 * @experimental
 */
export interface MergedLayout {
  /** Every tensor that transformers' class has, by its name there: the name it has in the base. */
  readonly tensors: ReadonlyMap<string, string>;
  /** Fields of `config.json` in which the result differs from the base, besides those of the head; default none. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Names of the tables that a grown vocabulary changes.
 *
 * @experimental
 */
export interface TokenTables {
  /** The token table. */
  readonly input: string;
  /** The output layer over the vocabulary, where the model has one. */
  readonly output?: string;
  /** Whether the configuration says that both are one table. */
  readonly tied: boolean;
}

/**
 * What follows of a model from its configuration alone, before any weight is read.
 *
 * @experimental
 */
export interface ModelArchitecture {
  /** The `model_type` of its `config.json`. */
  readonly name: string;
  /** What it is for: classes and numbers, or text. */
  readonly purpose: "classification" | "generation";
  /** The class of transformers that a merged model is written for, for instance `RobertaForSequenceClassification`. */
  readonly transformersClass: string;
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Most tokens of an input, special tokens included; of prompt and continuation together where it generates. */
  readonly maxLength: number;
  /** The token that fills up batches. */
  readonly padTokenId: number;
  /** Tokens that end a text, as its configuration says; undefined for models that do not generate. */
  readonly eosTokenIds?: readonly number[];
  /** Names of the classes in the configuration, by id; undefined where there are none. */
  readonly labels: readonly string[] | undefined;
  /** What the outputs of the model's own head mean, where the configuration says so. */
  readonly problemType: ProblemType | undefined;
  /**
   * Module of the head's output layer, whose weight `[outputs, hidden]` and bias `[outputs]` are named after it:
   * `classifier.out_proj`. Undefined for a model without a head, such as one that generates.
   */
  readonly projection: string | undefined;
  /** The bare model inside a model with a head, with a dot: `roberta.`, `transformer.`. */
  readonly prefix: string;
  /** The tables over the vocabulary. */
  readonly tables: TokenTables;
  /** The weights of a folder under the names that transformers' class has, however the files name them. */
  named(weights: WeightSource): WeightSource;
  /**
   * What an adapter must fit, without the weights: sites, default targets, and the head's parameters.
   *
   * @param outputs of the head of a classifier
   */
  outline(outputs: number): PeftTarget;
  /**
   * Loads the weights onto the active backend. What is odd about the files stands in the model's `warnings`.
   *
   * @returns the model; the caller disposes it
   */
  load(weights: WeightSource, options?: LoadModelOptions): Promise<AdaptableModel>;
  /**
   * How a model that {@link ModelArchitecture.load} gave is written, merged, for transformers.
   *
   * @param weights what it was loaded from
   */
  merged(model: AdaptableModel, weights: WeightSource): MergedLayout;
  /**
   * Bytes of memory that loading takes at its peak. Default: 1.3 times the weights in float32.
   *
   * @param parameters numbers in the files
   */
  memory?(parameters: number): number;
}

/**
 * How a family of models is offered: a plain object that a package exports as `descriptor`. Write one, and the command
 * line and everything that opens models by name knows the family, with no other change.
 *
 * @experimental
 * @example
 * ```ts
 * import type { ModelDescriptor } from "@dylora/lora-core";
 * import { descriptor as roberta } from "@dylora/model-roberta";
 *
 * // A family that is RoBERTa in everything but the name its files have.
 * export const descriptor: ModelDescriptor = {
 *   contract: 1,
 *   modelTypes: ["my-roberta"],
 *   parse: (config, generationConfig) => roberta.parse({ ...config, model_type: "roberta" }, generationConfig),
 * };
 * console.log(descriptor.parse({ model_type: "my-roberta", num_hidden_layers: 2 }).outline(3).defaultTargets);
 * ```
 */
export interface ModelDescriptor {
  /** Version of this contract that the descriptor was written for. */
  readonly contract: 1;
  /** Each `model_type` of a `config.json` that it opens. */
  readonly modelTypes: readonly string[];
  /**
   * Reads what a folder says about a model. Loads nothing.
   *
   * @param config content of `config.json`, not yet checked
   * @param generationConfig content of `generation_config.json`, where there is one
   * @throws FormatError `bad_model_config` naming the field and what would be right
   */
  parse(
    config: Readonly<Record<string, unknown>>,
    generationConfig?: Readonly<Record<string, unknown>>,
  ): ModelArchitecture;
}
