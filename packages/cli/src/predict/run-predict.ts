import { ConfigError } from "@dylora/errors";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import { bareSource } from "../adapters/bare-source.ts";
import { headOf } from "../adapters/head.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { type BaseModel, checkPurpose, closingOnFailure } from "../base-model.ts";
import type { PredictSettings } from "../commands/predict.ts";
import type { CommandContext } from "../context.ts";
import { inputName, readInputText, STANDARD, writeOutputLines } from "../input-file.ts";
import { lengthLimit, openTokenizer } from "../model-tokenizer.ts";
import { requireOptions } from "../options/read-settings.ts";
import { parseInputLines } from "./input-lines.ts";
import { outputLine } from "./output-line.ts";
import { inputBatches, predictInputs, tokensOf } from "./predict-lines.ts";

/** What `dylora predict --json` prints. */
export interface PredictResult {
  /** File that was written, `-` for standard output. */
  readonly output: string;
  /** Lines predicted. */
  readonly lines: number;
  /** Rank used; `null` for the base model alone. */
  readonly rank: number | null;
  /** Outputs of the head. */
  readonly outputs: number;
}

/** Everything that can be wrong is found here, before any weight is loaded. */
async function prepare(
  settings: PredictSettings & { readonly input: string },
  source: AdapterSource,
  base: BaseModel,
  context: CommandContext,
) {
  checkPurpose(base, "classification", "dylora predict");
  const head = headOf(source, base, settings.numLabels);
  const maxLength = lengthLimit(settings.maxLength ?? source.maxLength, base, Number.POSITIVE_INFINITY);
  const limits = {
    vocabSize: base.architecture.vocabSize,
    maxLength: lengthLimit(undefined, base, Number.POSITIVE_INFINITY),
  };
  const lines = parseInputLines(
    await readInputText("--input", settings.input, context),
    inputName(settings.input),
    limits,
  );
  const tokenizer = lines.some((line) => "text" in line) ? await openTokenizer(base) : undefined;
  const batches = inputBatches(tokensOf(lines, tokenizer, base, maxLength), {
    batchSize: settings.batchSize,
    padId: base.architecture.padTokenId,
  });

  return { head, lines, batches };
}

/** `dylora predict`. Every line is checked before the model is loaded. */
export async function runPredict(settings: PredictSettings, context: CommandContext): Promise<PredictResult> {
  requireOptions(settings, "input", "output");
  const { output, adapter, rank, backend } = settings;
  if (adapter === undefined) requireOptions(settings, "base");
  if (adapter === undefined && rank !== undefined) {
    throw new ConfigError("bad_option", "--rank needs --adapter: a base model alone has no rank");
  }
  if (output === STANDARD && context.json) {
    throw new ConfigError("bad_option", "--json and --output - both write to standard output; give --output a file");
  }
  const source = adapter === undefined ? bareSource(settings.base as string) : await openAdapter(adapter, context.note);
  if (rank !== undefined) checkRanks(source, [rank]);
  const base = await openBaseOf(source, settings.base, context);
  const { head, lines, batches } = await closingOnFailure(base, () => prepare(settings, source, base, context));

  const loaded = await loadAdapted(source, base, { backend, outputs: head.outputs });
  try {
    const view = adapter === undefined ? "base" : rank === undefined ? "full" : { rank };
    const { logits, classes } = await predictInputs(loaded.adapted, batches, view, context);
    const rows = lines.map((_, row) => logits.subarray(row * classes, (row + 1) * classes));
    await writeOutputLines(
      output,
      rows.map((row) => outputLine(row, head)),
      context,
    );
  } finally {
    await loaded.close();
  }
  if (output !== STANDARD) context.say(`${lines.length} lines written to ${output}`);
  const used = adapter === undefined ? null : (rank ?? source.maxRank);
  return { output, lines: lines.length, rank: used, outputs: head.outputs };
}
