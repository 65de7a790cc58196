import type { Tokenizer } from "@dylora/data";
import { ConfigError, DyloraError } from "@dylora/errors";
import { type GeneratedText, generate, generationSettings } from "@dylora/generation";
import type { AdaptedModel, CausalInputs } from "@dylora/lora-core";
import { readFingerprints } from "../adapters/adapter-fingerprints.ts";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import { openBareSource } from "../adapters/bare-source.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { type FileContext, type FileOptions, fileContextOf } from "../context.ts";
import { type FolderGeneration, folderGeneration } from "../decoding/folder-generation.ts";
import { checkDecodingSettings, type FittedPrompts, fitPrompts } from "../decoding/generation.ts";
import { decisiveFlags, valueFingerprint } from "../files/fingerprint.ts";
import { planBatches } from "../files/plan-batches.ts";
import type { RowIdentity } from "../files/row-journal.ts";
import { checkRowOutput, finishingRows, openRowOutput, outputName } from "../files/row-output.ts";
import { type BaseModel, checkPurpose, closingOnFailure } from "../models/base-model.ts";
import { checkTokens } from "../models/check-tokens.ts";
import { openTokenizerFor } from "../models/model-tokenizer.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { GenerateSettings } from "../settings/use-settings.ts";
import { exampleOf, isInAnotherForm } from "./prompt-form.ts";
import type { PromptLine } from "./prompt-lines.ts";
import { type PlacedPrompts, readPrompts } from "./read-prompts.ts";

/** What {@link generateFile} did. */
export interface GenerateResult {
  /** File that was written, `-` for standard output. */
  readonly output: string;
  /** Prompts continued. */
  readonly prompts: number;
  /** Texts written. */
  readonly texts: number;
  /** New tokens in all. */
  readonly tokens: number;
  /** Rank used; `null` for the base model alone. */
  readonly rank: number | null;
  /** Seconds of generation, loading not counted. */
  readonly seconds: number;
}

/** The tokenizer; a model without one can still continue tokens. */
async function tokenizerFor(
  source: AdapterSource,
  base: BaseModel,
  lines: readonly PromptLine[],
  note: (line: string) => void,
): Promise<Tokenizer | undefined> {
  try {
    return await openTokenizerFor(source, base, note);
  } catch (error) {
    const dispensable = lines.every((line) => "inputIds" in line);
    if (dispensable && DyloraError.isInstance(error) && error.code === "missing_tokenizer") return undefined;
    throw error;
  }
}

function tokensOf(
  lines: readonly PromptLine[],
  tokenizer: Tokenizer | undefined,
  base: BaseModel,
): (readonly number[])[] {
  const encoded = lines.map((line) => ({
    inputIds: "inputIds" in line ? line.inputIds : (tokenizer?.encode(line.prompt) ?? []),
  }));
  return checkTokens(encoded, base).map(({ inputIds }) => inputIds);
}

/** A line of output; the data that a prompt was written from comes first, so that a scorer can tell what the text is of. */
const outputLine = ({ prompt, tokens, text }: GeneratedText, lines: readonly PromptLine[]): string =>
  JSON.stringify({ ...contextOf(lines[prompt]), tokens, text: text ?? null });

const contextOf = (line: PromptLine | undefined): { context?: string } =>
  line !== undefined && "context" in line ? { context: line.context } : {};

/** Says where whole prompts are plainly not in the form that an adapter was trained with. */
function sayOtherForms(
  { lines, placeOf }: PlacedPrompts,
  { dir, promptForm }: AdapterSource,
  note: (line: string) => void,
): void {
  if (promptForm === undefined) return;
  const others = lines.flatMap((line, index) =>
    "prompt" in line && line.context === undefined && isInAnotherForm(promptForm, line.prompt) ? [index] : [],
  );
  const [first] = others;
  if (first === undefined) return;
  note(
    `${others.length} of ${lines.length} prompts are not in the form that ${dir} was trained with ('promptForm' ${promptForm}, such as ${exampleOf(promptForm)}), the first ${placeOf(first)}; ` +
      'write {"context": "..."} instead of {"prompt": "..."}, and the data become prompts of that form',
  );
}

/** What a person asked of sampling: a folder may say it too, and then it waits until tokens are drawn. */
const samplingFlags = ({ temperature, topK, topP }: GenerateSettings) => ({ temperature, topK, topP });

/** Everything that can be wrong is found here, before any weight is loaded. */
async function prepare(
  settings: GenerateSettings & { readonly input: string },
  source: AdapterSource,
  base: BaseModel,
  context: FileContext,
) {
  checkPurpose(base, "generation", "generating");
  const how = folderGeneration(settings, base);
  checkDecodingSettings({ ...how.choice, ...samplingFlags(settings) }, how.returned);
  const { vocabSize } = base.architecture;
  const unknown = settings.eos?.find((id) => id >= vocabSize);
  if (unknown !== undefined) {
    throw new ConfigError("bad_option", `'eos' has token ${unknown}; ${base.name} knows tokens 0 to ${vocabSize - 1}`);
  }
  const { note } = context;
  how.notes.forEach(note);
  const { promptForm } = source;
  if (promptForm !== undefined && settings.promptForm !== undefined && settings.promptForm !== promptForm) {
    note(`${source.dir} was trained with 'promptForm' ${promptForm}; prompts are written as ${settings.promptForm}`);
  }
  const placed = await readPrompts(settings, source, vocabSize, context);
  const { lines, placeOf } = placed;
  sayOtherForms(placed, source, note);
  const tokenizer = await tokenizerFor(source, base, lines, note);
  const fit = { cut: settings.cutPrompts, placeOf, defaultNewTokens: how.defaultNewTokens };
  const { notes, ...fitted } = fitPrompts(tokensOf(lines, tokenizer, base), how.choice, base, fit);
  notes.forEach(note);
  return { how, lines, tokenizer, ...fitted };
}

/** Prompts as they were read, and as the model takes them. */
type FittedInput = Pick<FittedPrompts, "promptIds" | "maxNewTokens"> & { readonly lines: readonly PromptLine[] } & {
  readonly how: FolderGeneration;
};

/** What decides the texts. */
async function identityOf(
  settings: GenerateSettings,
  source: AdapterSource,
  base: BaseModel,
  { how, lines, promptIds, maxNewTokens }: FittedInput,
): Promise<RowIdentity> {
  const { rank, batchSize, backend, adapter } = settings;
  const choice = { ...how.choice, numReturnSequences: how.returned, rank };
  return {
    command: "generate",
    rows: promptIds.length,
    decisive: {
      ...decisiveFlags(choice),
      ...(await readFingerprints(adapter, source, base)),
      generation: valueFingerprint(how.config),
      input: valueFingerprint({ promptIds, maxNewTokens, contexts: lines.map(contextOf) }),
    },
    incidental: decisiveFlags({ batchSize, backend }),
  };
}

/**
 * Continues the prompts of a file. Every line is checked before the model is loaded.
 *
 * @throws ConfigError, FormatError or ResourceError for what is wrong with settings, files or room, before any work
 *
 * @experimental
 */
export async function generateFile(settings: GenerateSettings, options: FileOptions = {}): Promise<GenerateResult> {
  const context = fileContextOf(options);
  requireOptions(settings, "input", "output");
  const { adapter, rank, batchSize, backend, resume } = settings;
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
  const { how, lines, tokenizer, promptIds, maxNewTokens, rows } = await closingOnFailure(base, async () => {
    const prepared = await prepare(settings, source, base, context);
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
        ...generationSettings(how.config, { maxNewTokens, seed: settings.seed }),
        promptIds,
        ...(tokenizer === undefined ? {} : { tokenizer }),
        view,
        batches,
        signal: context.signal,
        onProgress: ({ done, detail }) => progress.update(began + done, detail),
        onTexts: async (texts) => {
          const made = new Map<number, string[]>();
          for (const text of texts) {
            made.set(text.prompt, [...(made.get(text.prompt) ?? []), outputLine(text, lines)]);
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
    const loaded = await loadAdapted(source, base, { backend, note: context.note });
    try {
      await write(loaded.adapted);
    } finally {
      await loaded.close();
    }
  });
  const count = lines.length * how.returned;
  const used = adapter === undefined ? null : (rank ?? source.maxRank);
  return { output, prompts: lines.length, texts: count, tokens, rank: used, seconds };
}
