import type { ConfusionMatrices, SweepFile, WrongAnswers } from "@dylora/report";
import type { EvaluatedClasses, EvaluationSet } from "../tasks/task.ts";
import { cutText } from "./cut-text.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";

/** More classes make a table that nobody reads. */
const MOST_CLASSES = 20;

/** More ranks make a page that nobody scrolls through. */
const MOST_RANKS = 16;

/** Wrong answers that are shown. */
const SHOWN = 5;

/** Characters of a text that are shown. */
const LONGEST = 280;

/**
 * The most frequent class of the examples, and the metric of a model that always answers it: what a trained one must beat.
 *
 * @returns undefined where examples have no classes
 */
export function majorityBaseline(evaluation: EvaluationSet): SweepFile["task"]["baseline"] {
  const { classes, size } = evaluation;
  if (classes === undefined) return undefined;
  const counts = classes.names.map((_, id) => classes.gold.filter((gold) => gold === id).length);
  const id = counts.indexOf(Math.max(...counts));
  const score = evaluation.recall({ given: Array.from({ length: size }, () => id) })?.score ?? Number.NaN;
  return { answer: classes.names[id] ?? String(id), metric: Number.isFinite(score) ? score : null };
}

/** Ranks whose answers are shown: all of a few; of many the doublings, the highest and the chosen one. */
function shownRanks(evaluated: readonly EvaluatedRank[], chosen: number): EvaluatedRank[] {
  if (evaluated.length <= MOST_RANKS) return [...evaluated];
  const ends = [evaluated[0]?.rank, evaluated.at(-1)?.rank, chosen];
  return evaluated.filter(({ rank }) => ends.includes(rank) || Number.isInteger(Math.log2(rank)));
}

/** How often a class was answered where another was right. */
function counts({ names, gold }: EvaluatedClasses, { answers: { given } }: EvaluatedRank): number[][] {
  const matrix = names.map(() => names.map(() => 0));
  for (const [index, right] of gold.entries()) {
    const row = matrix[right];
    const answer = given[index] as number;
    if (row?.[answer] !== undefined) row[answer]++;
  }
  return matrix;
}

function confusionOf(
  classes: EvaluatedClasses,
  evaluated: readonly EvaluatedRank[],
  chosen: number,
): ConfusionMatrices | undefined {
  if (classes.names.length > MOST_CLASSES) return undefined;
  const ranks = shownRanks(evaluated, chosen).map((one) => ({ rank: one.rank, counts: counts(classes, one) }));
  return { labels: classes.names, ranks };
}

/** Some of the wrong answers at a rank, from all over the examples. */
function wrongAnswersOf({ names, gold, input }: EvaluatedClasses, { rank, answers }: EvaluatedRank): WrongAnswers {
  const nameOf = (id: number | undefined): string => names[id ?? -1] ?? String(id);
  const wrong = gold.flatMap((right, index) => (answers.given[index] === right ? [] : [index]));
  const shown = Math.min(SHOWN, wrong.length);
  const examples = Array.from({ length: shown }, (_, place) => {
    const index = wrong[Math.floor((place * wrong.length) / shown)] as number;
    return {
      input: cutText(input(index), LONGEST),
      expected: nameOf(gold[index]),
      given: nameOf(answers.given[index] as number),
    };
  });
  return { rank, count: wrong.length, examples };
}

/**
 * What the answers at each rank tell besides the metric: which classes are taken for which, and some wrong answers.
 *
 * @param chosen the rank that people will use
 * @returns nothing where examples have no classes
 */
export function answerReview(
  { classes }: EvaluationSet,
  evaluated: readonly EvaluatedRank[],
  chosen: number,
): Pick<SweepFile, "confusion" | "wrongAnswers"> {
  if (classes === undefined) return {};
  const one = evaluated.find(({ rank }) => rank === chosen);
  return {
    confusion: confusionOf(classes, evaluated, chosen),
    wrongAnswers: one === undefined ? undefined : wrongAnswersOf(classes, one),
  };
}
