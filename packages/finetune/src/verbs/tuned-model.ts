import type { Tokenizer } from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import type { AdaptedModel, RankView } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";
import type { OutputKind } from "../tasks/output-kind.ts";
import {
  type GeneratedTexts,
  type GenerateOptions,
  generateTexts,
  type PromptInput,
  streamText,
} from "./generate-texts.ts";
import { type Classified, type PredictInput, type PredictOptions, predictTexts } from "./predict-texts.ts";
import type { TunedParts } from "./tuned-parts.ts";

/** A model with a trained adapter, loaded, that answers at every rank: what `openAdapter` gives, and what a run is. */
export interface TunedModel extends AsyncDisposable {
  /** Folder or hub name of the adapter; empty for a run that was kept in memory. */
  readonly name: string;
  /** What it answers: classes, a number, or text. */
  readonly kind: OutputKind;
  /** Class names by class id; empty where there are none. */
  readonly labels: readonly string[];
  /** Highest rank. */
  readonly maxRank: number;
  /** Most tokens of an input; of prompt and text together where it generates. */
  readonly maxLength: number;
  /** The model with its adapter, for calls of your own. */
  readonly adapted: AdaptedModel;
  /** The tokenizer. */
  readonly tokenizer: Tokenizer;
  /**
   * Classifies texts, or pairs of texts, at a rank, or each at a rank of its own.
   *
   * @throws ConfigError `rank_out_of_range`, `bad_view` for a wrong number of ranks, `wrong_architecture` for a model that generates; the signal's reason
   */
  predict(inputs: PredictInput | readonly PredictInput[], options?: PredictOptions): Promise<Classified>;
  /**
   * Continues prompts at a rank.
   *
   * @throws ConfigError `rank_out_of_range`, `sequence_too_long`, `wrong_architecture` for a model that classifies; the
   * signal's reason
   */
  generate(prompts: PromptInput | readonly PromptInput[], options?: GenerateOptions): Promise<GeneratedTexts>;
  /**
   * Continues a prompt at a rank, and gives the text piece by piece as it is written.
   *
   * @throws ConfigError as {@link TunedModel.generate}
   */
  generateStream(prompt: PromptInput, options?: GenerateOptions): AsyncIterable<string>;
  /** Frees the model, gives back the backend, and closes the files that were opened for it. */
  close(): Promise<void>;
}

/** Makes a model that answers out of one that is loaded. */
export function tunedModel(parts: TunedParts): TunedModel {
  const { name, adapted, head, base, tokenizer, maxLength, close } = parts;
  const { maxRank } = adapted.adapter;
  const kind = head?.kind ?? "generation";
  const viewOf = (rank: number | undefined): RankView => (rank === undefined ? "full" : { rank });
  function checkKind(wanted: "classifies" | "generates"): void {
    if ((wanted === "generates") === (kind === "generation")) return;
    const call = wanted === "generates" ? "predict() is its call" : "generate() is its call";
    throw new ConfigError("wrong_architecture", `${base.name} is not a model that ${wanted}: ${call}`);
  }
  return {
    name,
    kind,
    labels: head?.labels ?? [],
    maxRank,
    maxLength,
    adapted,
    tokenizer,
    async predict(inputs, options = {}) {
      checkKind("classifies");
      return predictTexts({ ...parts, head: head as Head }, inputs, viewOf(options.rank), options);
    },
    async generate(prompts, options = {}) {
      checkKind("generates");
      return generateTexts(parts, prompts, viewOf(options.rank), options);
    },
    generateStream(prompt, options = {}) {
      checkKind("generates");
      return streamText(parts, prompt, viewOf(options.rank), options);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
