import { type EvaluateResult, evaluateFiles } from "@dylora/finetune";
import type { EvaluateSettings } from "@dylora/finetune/settings";
import { alignColumns, formatInterval, formatPercent } from "@dylora/report";
import type { CommandContext } from "../context.ts";

const DIGITS = 4;

function sayTable(
  { metrics, confidence }: Pick<EvaluateResult, "metrics" | "confidence">,
  { say, terminal }: CommandContext,
): void {
  const all = Object.values(metrics);
  const columns = [
    { head: "metric", cells: Object.keys(metrics), align: "left" as const },
    { head: "score", cells: all.map(({ score }) => score.toFixed(DIGITS)) },
    ...(confidence === undefined
      ? []
      : [
          {
            head: `${formatPercent(confidence)} interval`,
            cells: all.map(({ low, high }) => formatInterval(low, high, DIGITS)),
          },
        ]),
    { head: "signature", cells: all.map(({ signature }) => signature), align: "left" as const, optional: 1 },
  ];
  for (const line of alignColumns(columns, { width: terminal.width ?? 100, unicode: true })) say(line);
}

/** `dylora evaluate`: what was read, then a table of every metric. */
export async function runEvaluate(settings: EvaluateSettings, context: CommandContext): Promise<object> {
  const { forms, referencesEach, ...result } = await evaluateFiles(settings, context.work);
  const [least, most] = referencesEach;
  const each = least === most ? `${least}` : `${least} to ${most}`;
  context.say(
    `${result.instances} predictions (${forms[0]}), ${result.references} references, ${each} for each (${forms[1]})`,
  );
  sayTable(result, context);
  return result;
}
