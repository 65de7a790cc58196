import { ConfigError } from "@dylora/errors";
import { type CorpusScore, loraText, scoreInterval } from "@dylora/eval/nlg";
import { type FileContext, type FileOptions, fileContextOf } from "../context.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { EvaluateSettings } from "../settings/use-settings.ts";
import { nlgScorings } from "../tasks/nlg-metrics.ts";
import { loadMeteorData } from "./meteor-data.ts";
import { type Corpus, readCorpus } from "./read-corpus.ts";

/** One metric of an {@link EvaluateResult}. */
export interface EvaluatedMetric {
  /** The score, on the scale of the script that it reproduces. */
  readonly score: number;
  /** Its settings. */
  readonly signature: string;
  /** Lower end of its interval, where one is asked for. */
  readonly low?: number;
  /** Upper end of its interval. */
  readonly high?: number;
}

/** What {@link evaluateFiles} found. */
export interface EvaluateResult {
  /** The task. */
  readonly task: string;
  /** Instances scored. */
  readonly instances: number;
  /** References scored against, all instances together. */
  readonly references: number;
  /** Fewest and most references of an instance. */
  readonly referencesEach: readonly [least: number, most: number];
  /** What the files were taken for, for people. */
  readonly forms: readonly [predictions: string, references: string];
  /** Predictions without a text. They are scored as such. */
  readonly emptyPredictions: number;
  /** By the names under which the scripts report them. */
  readonly metrics: Readonly<Record<string, EvaluatedMetric>>;
  /** Level of the intervals. */
  readonly confidence?: number;
}

const isWebNlg = (task: EvaluateSettings["task"]): boolean => task !== "e2e";

/**
 * Reference files that WebNLG's script is given; undefined: as many as the largest group has references.
 *
 * @throws ConfigError `bad_option`
 */
function referenceCountOf({ task, refNum, lowercase, tokenize }: EvaluateSettings): number | undefined {
  if (!isWebNlg(task)) {
    if (refNum === undefined) return undefined;
    throw new ConfigError("bad_option", "'refNum' goes with 'task' webnlg or dart; e2e takes every reference there is");
  }
  // Either flag says that the texts are to be rewritten as gpt2_decode.py does it, and that is how the paper calls it.
  return refNum ?? (lowercase || tokenize ? nlgScorings[task].referenceCount : undefined);
}

/** Words from which on METEOR's search and TER's shifts take seconds for a text that repeats itself. */
const LONG = 300;

/**
 * Says what about the texts makes a metric meaningless or slow.
 *
 * @returns predictions without a text
 */
function checkCorpus({ predictions }: Corpus, { note }: FileContext): number {
  const empty = predictions.filter((text) => text.trim() === "").length;
  if (empty > 0) note(`${empty} of ${predictions.length} predictions are empty; they are scored as empty texts`);
  if (predictions.length === 1) {
    note("CIDEr is 0 by its definition: its weights compare instances, and there is one");
  }
  const long = predictions.filter((text) => text.split(/\s+/).length > LONG).length;
  if (long > 0) note(`${long} predictions have more than ${LONG} words: METEOR and TER may take seconds for each`);
  return empty;
}

/** Which references the script sees. */
function sayReferences(groups: readonly (readonly string[])[], count: number | undefined): string {
  const counted = (matches: (size: number) => boolean) => groups.filter(({ length }) => matches(length)).length;
  if (count === undefined) {
    const most = Math.max(...groups.map(({ length }) => length));
    const filled = counted((size) => size < most);
    return `references: as many as there are; ${filled} of ${groups.length} instances have fewer than ${most} and are filled up with empty ones, as WebNLG's own files are ('refNum' n: with the first, as microsoft/LoRA does)`;
  }
  return (
    `references: ${count} for each instance, as gpt2_decode.py --ref_num ${count} writes them; ` +
    `${counted((size) => size < count)} of ${groups.length} instances filled up with their first, ${counted((size) => size > count)} cut`
  );
}

/**
 * Scores the texts of a file against references.
 *
 * @throws ConfigError or FormatError for what is wrong with settings or files
 *
 * @experimental
 */
export async function evaluateFiles(settings: EvaluateSettings, options: FileOptions = {}): Promise<EvaluateResult> {
  const context = fileContextOf(options);
  requireOptions(settings, "predictions", "references");
  const { task, confidence, resamples, lowercase, tokenize } = settings;
  const referenceCount = referenceCountOf(settings);
  const corpus = await readCorpus(settings.predictions, settings.references, context, settings);
  const emptyPredictions = checkCorpus(corpus, context);
  const meteor = await loadMeteorData(settings);
  const rewritten = (text: string): string => (lowercase || tokenize ? loraText(text, { lowercase, tokenize }) : text);
  if (isWebNlg(task)) context.note(sayReferences(corpus.references, referenceCount));
  const scores = nlgScorings[task].score(
    corpus.predictions.map(rewritten),
    corpus.references.map((group) => group.map(rewritten)),
    { meteor, referenceCount },
  );
  const describe = (result: CorpusScore): EvaluatedMetric => {
    const { score, signature } = result;
    if (confidence === undefined) return { score, signature };
    const { low, high } = scoreInterval(result, { confidence, resamples });
    return { score, signature, low, high };
  };
  const metrics = Object.fromEntries(Object.entries(scores).map(([name, result]) => [name, describe(result)]));
  const instances = corpus.predictions.length;
  const sizes = corpus.references.map((group) => group.length);
  const references = sizes.reduce((sum, size) => sum + size, 0);
  return {
    task,
    instances,
    references,
    referencesEach: [Math.min(...sizes), Math.max(...sizes)],
    forms: corpus.forms,
    emptyPredictions,
    metrics,
    ...(confidence === undefined ? {} : { confidence }),
  };
}
