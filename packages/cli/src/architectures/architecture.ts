import type { JsonObject, WeightSource } from "@dylora/io";
import type { AdaptableModel } from "@dylora/lora-core";
import type { ProblemType } from "@dylora/model-roberta";
import type { Head } from "../adapters/head.ts";

/** What a model is loaded with, where the architecture has a head to choose. */
export interface LoadChoice {
  /** Outputs of a classification head; undefined for models that generate. */
  readonly outputs: number | undefined;
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
  /** Most tokens of an input; of prompt and continuation together where it generates. */
  readonly maxLength: number;
  /** Fills up batches. */
  readonly padTokenId: number;
  /** Names of the classes in its configuration, where there are some. */
  readonly labels: readonly string[] | undefined;
  /** What the outputs of its own head mean, where its configuration says so. */
  readonly problemType: ProblemType | undefined;
  /**
   * Loads the weights onto the active engine.
   *
   * @returns the model; the caller disposes it
   */
  load(weights: WeightSource, choice: LoadChoice): Promise<AdaptableModel>;
  /** How merged weights are written for transformers. */
  readonly merged: {
    /** Content of their `config.json`. */
    config(head: Head | undefined): JsonObject;
    /** Name of a stored tensor in the merged file; undefined for one that has no place there. */
    nameOf(stored: string): string | undefined;
  };
}
