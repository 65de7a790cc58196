import { ConfigError, DyloraError } from "@dylora/errors";
import { type GeneratedText, generate } from "@dylora/model-gpt2";
import { bareSource } from "../adapters/bare-source.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { type BaseModel, checkPurpose, closingOnFailure } from "../base-model.ts";
import type { GenerateSettings } from "../commands/generate.ts";
import type { CommandContext } from "../context.ts";
import { inputName, readInputText, STANDARD, writeOutputLines } from "../input-file.ts";
import { checkTokens, openTokenizer } from "../model-tokenizer.ts";
import { requireOptions } from "../options/read-settings.ts";
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

/** `dylora generate`. Every line is checked before the model is loaded. */
export async function runGenerate(settings: GenerateSettings, context: CommandContext): Promise<GenerateResult> {
  requireOptions(settings, "input", "output");
  const { output, adapter, rank, batchSize, backend, numReturnSequences: returned } = settings;
  if (adapter === undefined) requireOptions(settings, "base");
  if (adapter === undefined && rank !== undefined) {
    throw new ConfigError("bad_option", "--rank needs --adapter: a base model alone has no rank");
  }
  if (output === STANDARD && context.json) {
    throw new ConfigError("bad_option", "--json and --output - both write to standard output; give --output a file");
  }
  checkGenerationChoice(settings, returned);
  const source = adapter === undefined ? bareSource(settings.base as string) : await openAdapter(adapter, context.note);
  if (rank !== undefined) checkRanks(source, [rank]);
  const base = await openBaseOf(source, settings.base, context);
  const { lines, codec, promptIds, maxNewTokens } = await closingOnFailure(base, () =>
    prepare(settings, base, context),
  );

  const loaded = await loadAdapted(source, base, { backend });
  const started = performance.now();
  let texts: GeneratedText[];
  try {
    const view = adapter === undefined ? "base" : rank === undefined ? "full" : { rank };
    const progress = context.progress({ title: "generate", total: lines.length, unit: "texts" });
    try {
      texts = await generate(loaded.adapted, {
        ...generationFor(settings, returned),
        promptIds,
        ...(codec === undefined ? {} : { tokenizer: codec }),
        maxNewTokens,
        view,
        batchSize,
        signal: context.signal,
        onProgress: ({ finished, tokens }) => progress.update(finished, `${tokens} tokens`),
      });
    } finally {
      progress.end();
    }
  } finally {
    await loaded.close();
  }
  const seconds = (performance.now() - started) / 1000;
  await writeOutputLines(output, texts.map(outputLine), context);
  if (output !== STANDARD) context.say(`${texts.length} texts written to ${output}`);
  const tokens = texts.reduce((sum, text) => sum + text.tokens.length, 0);
  const used = adapter === undefined ? null : (rank ?? source.maxRank);
  return { output, prompts: lines.length, tokens, rank: used, seconds };
}
