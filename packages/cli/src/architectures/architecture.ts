import type { JsonObject, WeightSource } from "@dylora/io";
import type { AdaptableModel, PeftTarget } from "@dylora/lora-core";
import type { ProblemType } from "@dylora/model-roberta";
import type { Head } from "../adapters/head.ts";

/** What a model is loaded with, where the architecture has a head to choose. */
export interface LoadChoice {
  /** Outputs of a classification head; undefined for models that generate. */
  readonly outputs: number | undefined;
  /** Names of the classes that the head is to have, to match a trained one with; undefined where it will be replaced. */
  readonly classes?: readonly string[] | undefined;
  /** Told what is odd about the files. */
  readonly note: (line: string) => void;
  /** Seed of a head that the files do not hold. */
  readonly seed: number;
}

/** What the command line needs to know of a base model, whatever its architecture. One for each `config.json`. */
export interface Architecture {
  /** As `config.json` names it: `roberta`, `gpt2`. */
  readonly name: string;
  /** What it is for: classes and numbers, or text. */
  readonly purpose: "classification" | "generation";
  /** As PEFT names the purpose. */
  readonly taskType: "SEQ_CLS" | "CAUSAL_LM";
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** The weights of a folder, under the names that transformers' class has. */
  named(weights: WeightSource): WeightSource;
  /** Most tokens of an input; of prompt and continuation together where it generates. */
  readonly maxLength: number;
  /** Fills up batches. */
  readonly padTokenId: number;
  /** Names of the classes in its configuration, where there are some. */
  readonly labels: readonly string[] | undefined;
  /** What the outputs of its own head mean, where its configuration says so. */
  readonly problemType: ProblemType | undefined;
  /** The bare model inside a model with a head, with a dot: `roberta.`, `transformer.`. */
  readonly prefix: string;
  /** The token table and, where the model has one, the output layer, by name; whether the configuration ties them. */
  readonly tables: { readonly input: string; readonly output?: string; readonly tied: boolean };
  /** The same architecture with another configuration. */
  from(json: JsonObject): Architecture;
  /**
   * What an adapter must fit, without the weights.
   *
   * @param outputs of a classification head
   */
  outline(outputs: number): PeftTarget;
  /**
   * Loads the weights onto the active engine.
   *
   * @returns the model; the caller disposes it
   */
  load(weights: WeightSource, choice: LoadChoice): Promise<AdaptableModel>;
  /**
   * How the weights of a model that {@link Architecture.load} gave are written, merged, for transformers.
   *
   * @param weights what it was loaded from
   */
  merged(model: AdaptableModel, weights: WeightSource): MergedLayout;
}

/** What a merged model folder holds. */
export interface MergedLayout {
  /** Content of its `config.json`. */
  config(head: Head | undefined): JsonObject;
  /** Every tensor that transformers' class has, by its name there: the name it has in the base. */
  readonly tensors: ReadonlyMap<string, string>;
}

/** Names of a module's weight and bias. */
export const weightAndBias = (module: string): string[] => [`${module}.weight`, `${module}.bias`];

/** The model, once what is odd about its files is said. */
export async function saying<Model extends AdaptableModel>(
  loading: Promise<Model>,
  note: (line: string) => void,
): Promise<Model> {
  const model = await loading;
  model.warnings?.forEach(note);
  return model;
}
