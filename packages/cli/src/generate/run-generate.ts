import { ConfigError, DyloraError } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import { type CausalInputs, type GeneratedText, generate } from "@dylora/model-gpt2";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import { bareSource } from "../adapters/bare-source.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { type BaseModel, checkPurpose, closingOnFailure } from "../base-model.ts";
import type { GenerateSettings } from "../commands/generate.ts";
import type { CommandContext } from "../context.ts";
import { inputName, readInputText, STANDARD } from "../input-file.ts";
import { checkTokens, openTokenizer } from "../model-tokenizer.ts";
import { generationChoiceIn } from "../options/generation-options.ts";
import { requireOptions } from "../options/read-settings.ts";
import { decisiveFlags, readFingerprints, valueFingerprint } from "../output/fingerprint.ts";
import { planBatches } from "../output/plan-batches.ts";
import type { RowIdentity } from "../output/row-journal.ts";
import { checkRowOutput, finishingRows, openRowOutput, outputName } from "../output/row-output.ts";
import { checkGenerationChoice, checkPromptLengths, generationFor, newTokensFor } from "./generation.ts";
import { type PromptLine, parsePromptLines } from "./prompt-lines.ts";
import { type PromptCodec, textCodec } from "./text-codec.ts";

/** What `dylora generate --json` prints. */
export interface GenerateResult {
  /** File that was written, `-` for standard output. */
  readonly output: string;
  /** Prompts continued. */
  readonly prompts: number;
  /** New tokens in all. */
  readonly tokens: number;
  /** Rank used; `null` for the base model alone. */
  readonly rank: number | null;
  /** Seconds of generation, loading not counted. */
  readonly seconds: number;
}

/** The tokenizer; a model without one can still continue tokens. */
async function codecFor(base: BaseModel, lines: readonly PromptLine[]): Promise<PromptCodec | undefined> {
  try {
    return textCodec(await openTokenizer(base));
  } catch (error) {
    const dispensable = lines.every((line) => "inputIds" in line);
    if (dispensable && DyloraError.isInstance(error) && error.code === "missing_tokenizer") return undefined;
    throw error;
  }
}

function tokensOf(
  lines: readonly PromptLine[],
  codec: PromptCodec | undefined,
  base: BaseModel,
): (readonly number[])[] {
  const encoded = lines.map((line) => ({
    inputIds: "inputIds" in line ? line.inputIds : (codec?.encode(line.prompt) ?? []),
  }));
  return checkTokens(encoded, base).map(({ inputIds }) => inputIds);
}

const outputLine = ({ tokens, text }: GeneratedText): string => JSON.stringify({ tokens, text: text ?? null });

/** Everything that can be wrong is found here, before any weight is loaded. */
async function prepare(
  settings: GenerateSettings & { readonly input: string },
  base: BaseModel,
  context: CommandContext,
) {
  checkPurpose(base, "generation", "dylora generate");
  const { vocabSize } = base.architecture;
  const unknown = settings.eos?.find((id) => id >= vocabSize);
  if (unknown !== undefined) {
    throw new ConfigError("bad_option", `--eos has token ${unknown}; ${base.name} knows tokens 0 to ${vocabSize - 1}`);
  }
  const file = inputName(settings.input);
  const lines = parsePromptLines(await readInputText("--input", settings.input, context), file, vocabSize);
  const codec = await codecFor(base, lines);
  const promptIds = tokensOf(lines, codec, base);
  const lengths = promptIds.map((ids) => ids.length);
  const maxNewTokens = newTokensFor(settings, lengths, base);
  checkPromptLengths(lengths, maxNewTokens, base, (index) => `${file}, line ${index + 1}`);
  return { lines, codec, promptIds, maxNewTokens };
}

/** What decides the texts. */
async function identityOf(
  settings: GenerateSettings,
  source: AdapterSource,
  base: BaseModel,
  { promptIds, maxNewTokens }: { readonly promptIds: readonly (readonly number[])[]; readonly maxNewTokens: unknown },
): Promise<RowIdentity> {
  const { rank, batchSize, backend, adapter, numReturnSequences } = settings;
  const choice = { ...generationChoiceIn(settings), maxNewTokens, numReturnSequences, rank };
  return {
    command: "generate",
    rows: promptIds.length,
    decisive: {
      ...decisiveFlags(choice),
      ...(await readFingerprints(adapter, source, base)),
      input: valueFingerprint(promptIds),
    },
    incidental: decisiveFlags({ batchSize, backend }),
  };
}

/** `dylora generate`. Every line is checked before the model is loaded. */
export async function runGenerate(settings: GenerateSettings, context: CommandContext): Promise<GenerateResult> {
  requireOptions(settings, "input", "output");
  const { adapter, rank, batchSize, backend, resume, numReturnSequences: returned } = settings;
  if (adapter === undefined) requireOptions(settings, "base");
  if (adapter === undefined && rank !== undefined) {
    throw new ConfigError("bad_option", "--rank needs --adapter: a base model alone has no rank");
  }
  const output = await outputName(settings.output);
  await checkRowOutput(output, resume, context);
  checkGenerationChoice(settings, returned);
  const source = adapter === undefined ? bareSource(settings.base as string) : await openAdapter(adapter, context.note);
  if (rank !== undefined) checkRanks(source, [rank]);
  const base = await openBaseOf(source, settings.base, context);
  const { lines, codec, promptIds, maxNewTokens, rows } = await closingOnFailure(base, async () => {
    const prepared = await prepare(settings, base, context);
    const identity = await identityOf(settings, source, base, prepared);
    return { ...prepared, rows: await openRowOutput(output, identity, resume, context) };
  });

  let tokens = 0;
  for (const line of rows.earlier) tokens += JSON.parse(line).tokens.length;
  const plan = planBatches(
    promptIds.map((ids) => ids.length),
    batchSize,
  );
  const batches = plan.filter((batch) => !batch.every(rows.has));
  const began = lines.length - batches.reduce((sum, batch) => sum + batch.length, 0);
  let seconds = 0;
  const write = async (adapted: AdaptedModel<CausalInputs>): Promise<void> => {
    const started = performance.now();
    const view = adapter === undefined ? "base" : rank === undefined ? "full" : { rank };
    const progress = context.progress({ title: "generate", total: lines.length, start: began, unit: "texts" });
    try {
      await generate(adapted, {
        ...generationFor(settings, returned),
        promptIds,
        ...(codec === undefined ? {} : { tokenizer: codec }),
        maxNewTokens,
        view,
        batches,
        signal: context.signal,
        onProgress: ({ finished, tokens }) => progress.update(began + finished, `${tokens} tokens`),
        onTexts: async (texts) => {
          const made = new Map<number, string[]>();
          for (const text of texts) {
            made.set(text.prompt, [...(made.get(text.prompt) ?? []), outputLine(text)]);
            if (!rows.has(text.prompt)) tokens += text.tokens.length;
          }
          await rows.add(made);
        },
      });
    } finally {
      progress.end();
      seconds = (performance.now() - started) / 1000;
    }
  };
  await finishingRows(rows, context, async () => {
    if (batches.length === 0) return base.folder.weights.close();
    const loaded = await loadAdapted(source, base, { backend });
    try {
      await write(loaded.adapted);
    } finally {
      await loaded.close();
    }
  });
  const count = lines.length * returned;
  if (output !== STANDARD) context.say(`${count} texts written to ${output}`);
  const used = adapter === undefined ? null : (rank ?? source.maxRank);
  return { output, prompts: lines.length, tokens, rank: used, seconds };
}
