import { ConfigError } from "@dylora/errors";
import { checkRank, type RankView } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";
import { planBatches } from "../files/plan-batches.ts";
import type { TextInput, TokenInput } from "../predict/input-lines.ts";
import { predictBatch, tokensOf } from "../predict/predict-lines.ts";
import { type Label, predictionOf } from "../predict/prediction.ts";
import type { TunedParts } from "./tuned-parts.ts";

/** A text, or a pair of texts. */
export type PredictInput = string | readonly [text: string, textPair: string] | TextInput;

/** How texts are classified. */
export interface PredictOptions {
  /** Rank to use. Default: the highest. */
  readonly rank?: number;
  /** A rank for each text, instead of `rank`: texts of several ranks are computed together. */
  readonly ranks?: readonly number[];
  /** Texts that are computed together. Default 32. */
  readonly batchSize?: number;
  /** Stops it: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told how many texts are done. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly unit: "texts" }) => void;
}

/** What texts were classified as, in their order. */
export interface Classified {
  /**
   * For each text the name of its class (its id where the name is not known), the number of a regression, or the classes of
   * a model with several labels.
   */
  readonly labels: readonly (Label | readonly Label[])[];
  /** For each text a logit for each output. */
  readonly logits: readonly Float32Array[];
  /** For each text a probability for each class; empty for a regression. */
  readonly scores: readonly (readonly number[])[];
}

const inputOf = (input: PredictInput): TextInput => {
  if (typeof input === "string") return { text: input };
  return "text" in input ? input : { text: input[0], textPair: input[1] };
};

function softmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Classifies texts with a model that is loaded. */
export async function predictTexts(
  { adapted, base, tokenizer, maxLength, head }: TunedParts & { readonly head: Head },
  inputs: PredictInput | readonly PredictInput[],
  view: RankView,
  { ranks, batchSize = 32, signal, onProgress }: PredictOptions,
): Promise<Classified> {
  const isOne = typeof inputs === "string" || "text" in inputs;
  const texts = (isOne ? [inputs] : (inputs as readonly PredictInput[])).map(inputOf);
  if (ranks !== undefined && ranks.length !== texts.length) {
    throw new ConfigError("bad_view", `${ranks.length} ranks for ${texts.length} texts; give one for each`);
  }
  for (const rank of ranks ?? []) checkRank(rank, 1, adapted.adapter.maxRank);
  const tokens = tokensOf(texts, tokenizer, base, maxLength);
  const rows: Float32Array[] = [];
  let done = 0;
  for (const batch of planBatches(
    tokens.map(({ inputIds }) => inputIds.length),
    batchSize,
  )) {
    signal?.throwIfAborted();
    const side = batch.map((row) => tokens[row] as TokenInput);
    const own: RankView = ranks === undefined ? view : { ranks: batch.map((row) => ranks[row] as number) };
    const logits = await predictBatch(adapted, side, { view: own, padId: base.architecture.padTokenId });
    batch.forEach((row, at) => {
      rows[row] = logits[at] as Float32Array;
    });
    done += batch.length;
    onProgress?.({ done, total: texts.length, unit: "texts" });
  }
  const predictions = rows.map((logits) => predictionOf(logits, head));
  const scoresOf = (logits: Float32Array, row: number): readonly number[] =>
    predictions[row]?.scores ?? softmax(logits);
  return {
    labels: predictions.map(({ label, labels }) => labels ?? label ?? Number.NaN),
    logits: rows,
    scores: head.problemType === "regression" ? [] : rows.map(scoresOf),
  };
}
