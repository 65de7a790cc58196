import {
  encodeCompletions,
  groupReferences,
  lengthBucketedCausalBatches,
  type NlgExample,
  type PromptCompletion,
  type PromptForm,
  type Recorded,
  strip,
} from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import { scoreSegments } from "@dylora/eval/nlg";
import { generate } from "@dylora/generation";
import { causalInputs } from "@dylora/lora-core";
import { classification } from "@dylora/trainer";
import { fitPrompts, generationFor } from "../decoding/generation.ts";
import { checkTokens } from "../models/check-tokens.ts";
import { countExamples } from "./count-examples.ts";
import { type NlgScoring, paperScores, scoredText } from "./nlg-metrics.ts";
import type { EncodingTools, EvaluationSet, EvaluationSettings, Measured, ShownExample, TrainingSet } from "./task.ts";

/** Where pairs stand, and who is told what becomes of them. */
export interface TrainingPairs {
  /** The pairs. */
  readonly pairs: readonly PromptCompletion[];
  /** What notes call them. */
  readonly title: string;
  /** File and line or entry of a pair. */
  readonly placeOf: (index: number) => string;
  /** Told how many are cut or left out. */
  readonly note: (line: string) => void;
}

/**
 * Prompts with completions to train on: the completions alone are learnt. Pairs whose prompt leaves no room for a token of
 * the completion are left out, as they teach nothing in microsoft/LoRA's code, which cuts them; so many are told.
 *
 * @throws ConfigError `prompt_too_long` when no pair is left
 */
export function generationTrainingSet(
  { pairs, title, placeOf, note }: TrainingPairs,
  { base, tokenizer, maxLength }: EncodingTools,
): TrainingSet {
  const [left, cut] = [countExamples(title, note), countExamples(title, note)];
  let first: ConfigError | undefined;
  const completions = encodeCompletions(tokenizer, pairs, {
    maxLength,
    onTooLong(cause, index) {
      first ??= new ConfigError(cause.code, `${placeOf(index)}: ${cause.message}`, { details: cause.details });
      left.add(`${placeOf(index)}, ${cause.details.tokens} tokens`);
    },
    onCut: (index) => cut.add(placeOf(index)),
  });
  if (completions.length === 0 && first !== undefined) throw first;
  left.tell(`left out, whose prompts fill the ${maxLength} tokens of 'maxLength'`, pairs.length);
  cut.tell(`are longer than ${maxLength} tokens and are cut there ('maxLength')`, pairs.length);
  const encoded = checkTokens(completions, base);
  return {
    size: encoded.length,
    batches(options) {
      const batches = lengthBucketedCausalBatches(encoded, { ...options, padId: tokenizer.padId });
      return { batch: (index) => causalInputs(batches.batch(index)) };
    },
    objective: (labelSmoothing) => classification({ labelSmoothing }),
  };
}

/** A split of a task that generates text. */
export interface GenerationSplit {
  /** Its name. */
  readonly split: string;
  /** Its examples, one for each reference, with their places. */
  readonly examples: Recorded<NlgExample>;
  /** How contexts become prompts. */
  readonly prompts: PromptForm;
  /** How texts are scored. */
  readonly scoring: NlgScoring;
  /** Told what is done to prompts that are too long. */
  readonly note: (line: string) => void;
}

/** Examples shown with what the model writes. */
const SHOWN = 3;

/** References of an example that are shown. */
const SHOWN_REFERENCES = 3;

/** Examples from all over the split. */
function shownOf(
  inputs: readonly { readonly input: string; readonly references: readonly string[] }[],
): ShownExample[] {
  const count = Math.min(SHOWN, inputs.length);
  return Array.from({ length: count }, (_, i) => {
    const index = Math.floor((i * inputs.length) / count);
    const { input, references } = inputs[index] as (typeof inputs)[number];
    return { index, input, references: references.slice(0, SHOWN_REFERENCES) };
  });
}

/**
 * Instances to generate for, with all their references. Of a prompt that is too long the last tokens are kept, as
 * microsoft/LoRA does.
 *
 * @throws ConfigError `empty_prompt`
 */
export function generationEvaluationSet(
  { split, examples, prompts, scoring, note }: GenerationSplit,
  { base, tokenizer }: EncodingTools,
  { batchSize, limit, generation }: EvaluationSettings,
): EvaluationSet {
  const groups = groupReferences(examples).slice(0, limit);
  const encoded = groups.map(({ context }) => ({ inputIds: tokenizer.encode(prompts.prompt(context)) }));
  const whole = checkTokens(encoded, base).map(({ inputIds }) => inputIds);
  const { promptIds, maxNewTokens, notes } = fitPrompts(whole, generation, base, {
    cut: true,
    placeOf(index) {
      const first = examples.findIndex(({ context }) => context === groups[index]?.context);
      return `instance ${index + 1} of the ${split} split (${examples.placeOf(first)})`;
    },
  });
  let said = false;
  const references = groups.map((group) => scoredText(scoring, group.references));
  const scored = (texts: readonly string[]): Measured => {
    const { BLEU: main, ...others } = paperScores(scoring, texts, references);
    if (main === undefined) throw new RangeError("there is no BLEU among the scores");
    return {
      score: main.score,
      further: Object.fromEntries(Object.entries(others).map(([name, { score }]) => [name, score])),
      loss: undefined,
      statistic: (indices) => scoreSegments(main.statistics, indices),
      texts,
      answers: { given: texts },
    };
  };
  // Beams are rows of their own.
  const rows = Math.max(1, Math.floor(batchSize / generation.numBeams));
  return {
    split,
    size: groups.length,
    metric: { name: "BLEU", higherIsBetter: true },
    work: groups.length,
    unit: "texts",
    shown: shownOf(groups.map((group) => ({ input: group.context, references: group.references }))),
    async measure(adapted, rank, { signal, onProgress }) {
      if (!said) notes.forEach(note);
      said = true;
      const written = await generate(adapted, {
        ...generationFor(generation),
        promptIds,
        tokenizer,
        maxNewTokens,
        batchSize: rows,
        view: { rank },
        signal,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const texts = written.map(({ text = "" }) => strip(text));
      return scored(texts);
    },
    recall({ given }) {
      const fits = given.length === groups.length && given.every((answer) => typeof answer === "string");
      return fits ? scored(given as readonly string[]) : undefined;
    },
  };
}
