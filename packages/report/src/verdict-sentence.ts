import { formatPercent, formatScore, isDefined } from "./format-number.ts";
import { seedCount } from "./reading.ts";
import type { SweepFile, Verdict } from "./sweep-file.ts";
import { leaderBy, type MeasuredPair, measuredPairs, pairDigits, verdictOf } from "./verdict.ts";

const names = { dylora: "DyLoRA", lora: "LoRA", neither: "DyLoRA" } as const;

/** `0.012 better`, `0.004 worse`, `the same`. */
function better(value: number, digits: number): string {
  if (leaderBy(value, digits) === "neither") return "the same";
  return `${formatScore(Math.abs(value), digits)} ${value > 0 ? "better" : "worse"}`;
}

const ranksOf = (count: number): string =>
  count === 2 ? "both ranks where the two were measured" : `all ${count} ranks where both were measured`;

/** Who is ahead where, and by how much. */
function standing({ ahead, margin, ranks }: Verdict, metric: string, digits: number): string {
  const [leader, other] = ahead === "lora" ? [names.lora, names.dylora] : [names.dylora, names.lora];
  const sign = ahead === "lora" ? -1 : 1;
  const margins = ranks.map((point) => ({ rank: point.rank, by: sign * point.margin })).sort((a, b) => a.by - b.by);
  const [least, most] = [margins[0]!, margins.at(-1)!];
  const won = margins.filter(({ by }) => leaderBy(by, digits) === "dylora").length;
  const lost = margins.filter(({ by }) => leaderBy(by, digits) === "lora").length;
  const level = won === 0 && lost === 0;
  if (ranks.length === 1) {
    const where = `at rank ${least.rank}, the one rank where both were measured`;
    return level
      ? `DyLoRA and LoRA are level ${where}.`
      : `${leader} is ahead of ${other} ${where}: its ${metric} is ${better(most.by, digits)}.`;
  }
  if (level) return `DyLoRA and LoRA are level at ${ranksOf(ranks.length)}.`;
  if (won === ranks.length) {
    const range = `${formatScore(least.by, digits)} to ${better(most.by, digits)}`;
    const average = `${formatScore(Math.abs(margin), digits)} on average`;
    return `${leader} is ahead of ${other} at ${ranksOf(ranks.length)}: its ${metric} is ${range}, ${average}.`;
  }
  const over = `on average over the ${ranks.length} ranks where both were measured`;
  const range = `from ${better(least.by, digits)} at rank ${least.rank} to ${better(most.by, digits)} at rank ${most.rank}`;
  if (ahead === "neither") return `DyLoRA and LoRA are level ${over}: DyLoRA's ${metric} is ${range}.`;
  return (
    `${leader} is ahead of ${other} ${over}: its ${metric} is ${better(sign * margin, digits)}, ${range}. ` +
    `It is ahead at ${won} of these ranks and behind at ${lost}.`
  );
}

const overlap = ({ dylora, lora }: MeasuredPair): boolean =>
  isDefined(dylora.low) && isDefined(dylora.high) && isDefined(lora.low) && isDefined(lora.high)
    ? dylora.low <= lora.high && lora.low <= dylora.high
    : false;

/** How far chance may have decided. */
function doubt(sweep: SweepFile, { ahead, perSeed }: Verdict, pairs: readonly MeasuredPair[], digits: number): string {
  if (perSeed !== undefined) {
    const margins = perSeed.map((margin) => (ahead === "lora" ? -margin : margin)).sort((a, b) => a - b);
    const [least, most] = [margins[0]!, margins.at(-1)!].map((margin) => better(margin, digits));
    return least === most
      ? `The average is the same with each of the ${perSeed.length} seeds.`
      : `Over the ${perSeed.length} seeds the average goes from ${least} to ${most}.`;
  }
  if (seedCount(sweep) > 1) return "";
  const known = pairs.every(({ dylora, lora }) => [dylora.low, dylora.high, lora.low, lora.high].every(isDefined));
  if (!known) return "One seed was trained, so how far seeds differ is not known.";
  const count = pairs.filter(overlap).length;
  const where =
    count === pairs.length ? (count === 1 ? "there" : "at each of these ranks") : `at ${count} of these ranks`;
  const intervals = `the two ${formatPercent(sweep.confidence)} intervals ${count === 0 ? "do not overlap" : `overlap ${where}`}`;
  return `One seed was trained, and ${intervals}.`;
}

/**
 * Whether DyLoRA or the LoRA trained at each rank is ahead, by how much, and how far chance may have decided that.
 *
 * @returns undefined where the two were measured at no rank in common
 */
export function verdictSentence(sweep: SweepFile): string | undefined {
  const verdict = verdictOf(sweep);
  if (verdict === undefined) return undefined;
  const pairs = measuredPairs(sweep);
  const digits = pairDigits(pairs);
  const { name } = sweep.task.metric;
  return [standing(verdict, name, digits), doubt(sweep, verdict, pairs, digits)].filter(Boolean).join(" ");
}
