import { ConfigError } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import { readFingerprints } from "../adapters/adapter-fingerprints.ts";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import { openBareSource } from "../adapters/bare-source.ts";
import { headOf } from "../adapters/head.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { type FileContext, type FileOptions, fileContextOf } from "../context.ts";
import { decisiveFlags, valueFingerprint } from "../files/fingerprint.ts";
import { inputName, readInputText } from "../files/input-file.ts";
import { planBatches } from "../files/plan-batches.ts";
import type { RowIdentity } from "../files/row-journal.ts";
import { checkRowOutput, finishingRows, openRowOutput, outputName } from "../files/row-output.ts";
import { type BaseModel, checkPurpose, closingOnFailure } from "../models/base-model.ts";
import { lengthLimit } from "../models/check-tokens.ts";
import { openTokenizerFor } from "../models/model-tokenizer.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { PredictSettings } from "../settings/use-settings.ts";
import { parseInputLines, type TokenInput } from "./input-lines.ts";
import { predictBatch, tokensOf } from "./predict-lines.ts";
import { predictionOf } from "./prediction.ts";

/** What {@link predictFile} did. */
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
  context: FileContext,
) {
  checkPurpose(base, "classification", "predicting");
  const head = headOf(source, base, settings.numLabels);
  const limits = {
    vocabSize: base.architecture.vocabSize,
    maxLength: lengthLimit(undefined, base, Number.POSITIVE_INFINITY),
  };
  const lines = parseInputLines(
    await readInputText("'input'", settings.input, context),
    inputName(settings.input),
    limits,
  );
  const tokenizer = lines.some((line) => "text" in line)
    ? await openTokenizerFor(source, base, context.note)
    : undefined;
  const usual = tokenizer?.maxLength ?? Number.POSITIVE_INFINITY;
  const maxLength = lengthLimit(settings.maxLength ?? source.maxLength, base, usual);
  return { head, inputs: tokensOf(lines, tokenizer, base, maxLength) };
}

/** What decides the rows. */
async function identityOf(
  settings: PredictSettings,
  source: AdapterSource,
  base: BaseModel,
  { head, inputs }: Awaited<ReturnType<typeof prepare>>,
): Promise<RowIdentity> {
  const { rank, batchSize, backend, adapter } = settings;
  const decisive = {
    ...decisiveFlags({ rank }),
    ...(await readFingerprints(adapter, source, base)),
    input: valueFingerprint(inputs),
    head: valueFingerprint(head),
  };
  return { command: "predict", rows: inputs.length, decisive, incidental: decisiveFlags({ batchSize, backend }) };
}

/**
 * Classifies the lines of a file. Every line is checked before the model is loaded.
 *
 * @throws ConfigError, FormatError or ResourceError for what is wrong with settings, files or room, before any work
 *
 * @experimental
 */
export async function predictFile(settings: PredictSettings, options: FileOptions = {}): Promise<PredictResult> {
  const context = fileContextOf(options);
  requireOptions(settings, "input", "output");
  const { adapter, rank, backend, resume, batchSize } = settings;
  if (adapter === undefined) requireOptions(settings, "base");
  if (adapter === undefined && rank !== undefined) {
    throw new ConfigError("bad_option", "'rank' needs 'adapter': a base model alone has no rank");
  }
  const output = await outputName(settings.output);
  await checkRowOutput(output, settings, context);
  const source =
    adapter === undefined ? await openBareSource(settings.base as string) : await openAdapter(adapter, context);
  if (rank !== undefined) checkRanks(source, [rank]);
  const base = await openBaseOf(source, settings, context);
  const { head, inputs, rows } = await closingOnFailure(base, async () => {
    const prepared = await prepare(settings, source, base, context);
    const identity = await identityOf(settings, source, base, prepared);
    return { ...prepared, rows: await openRowOutput(output, identity, resume, context) };
  });

  const plan = planBatches(
    inputs.map(({ inputIds }) => inputIds.length),
    batchSize,
  );
  const batches = plan.filter((batch) => !batch.every(rows.has));
  const write = async (adapted: AdaptedModel): Promise<void> => {
    const view = adapter === undefined ? "base" : rank === undefined ? "full" : { rank };
    const before = plan.length - batches.length;
    const progress = context.progress({ title: "predict", total: plan.length, start: before, unit: "batches" });
    try {
      for (const [done, batch] of batches.entries()) {
        context.signal.throwIfAborted();
        const side = batch.map((row) => inputs[row] as TokenInput);
        const logits = await predictBatch(adapted, side, { view, padId: base.architecture.padTokenId });
        await rows.add(
          new Map(
            batch.map((row, index) => [row, [JSON.stringify(predictionOf(logits[index] as Float32Array, head))]]),
          ),
        );
        progress.update(before + done + 1);
      }
    } finally {
      progress.end();
    }
  };
  await finishingRows(rows, context, async () => {
    if (batches.length === 0) return base.folder.weights.close();
    const loaded = await loadAdapted(source, base, { backend, outputs: head.outputs, note: context.note });
    try {
      await write(loaded.adapted);
    } finally {
      await loaded.close();
    }
  });
  const used = adapter === undefined ? null : (rank ?? source.maxRank);
  return { output, lines: inputs.length, rank: used, outputs: head.outputs };
}
