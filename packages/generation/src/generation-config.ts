import { FormatError, showValue } from "@dylora/errors";
import type { SamplingDistribution } from "./next-token-distribution.ts";

/**
 * How a model's folder would have texts written: the fields of a `generation_config.json` that `generate` honours, in its
 * terms, those of `sampling` among them. A field that is missing, null or says nothing (a penalty of 1) is undefined; a
 * `top_k` of 0 is off.
 */
export interface GenerationConfig extends SamplingDistribution {
  /** Most new tokens of a text: `max_new_tokens`. */
  readonly maxNewTokens?: number;
  /** Most tokens of prompt and text together, where there is no `max_new_tokens`: `max_length`. */
  readonly maxLength?: number;
  /** Fewest new tokens: `min_new_tokens`. */
  readonly minNewTokens?: number;
  /** Fewest tokens of prompt and text together: `min_length`. */
  readonly minLength?: number;
  /** Tokens are drawn: `do_sample`. */
  readonly doSample?: boolean;
  /** Beams: `num_beams`. */
  readonly numBeams?: number;
  /** As in `beamSearch`: `length_penalty`. */
  readonly lengthPenalty?: number;
  /** As in `beamSearch`: `early_stopping`. */
  readonly earlyStopping?: boolean | "never";
  /** As in `generate`: `repetition_penalty`. */
  readonly repetitionPenalty?: number;
  /** As in `generate`: `no_repeat_ngram_size`. */
  readonly noRepeatNgramSize?: number;
  /** Texts for each prompt: `num_return_sequences`. */
  readonly numReturnSequences?: number;
  /** Tokens that end a text: `eos_token_id`, one or a list. */
  readonly eosTokenIds?: readonly number[];
  /** Tokens that never come: `suppress_tokens`. */
  readonly suppressTokens?: readonly number[];
  /** Tokens that no text begins with: `begin_suppress_tokens`. */
  readonly beginSuppressTokens?: readonly number[];
  /** Sequences that never come: `bad_words_ids`. */
  readonly badWordsIds?: readonly (readonly number[])[];
  /** First new token after a prompt of one token: `forced_bos_token_id`. */
  readonly forcedBosTokenId?: number;
  /** Tokens one of which stands at the largest length: `forced_eos_token_id`. */
  readonly forcedEosTokenIds?: readonly number[];
  /** Log-probabilities are normalised anew after all changes: `renormalize_logits`; it matters among beams. */
  readonly renormalizeLogits?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields that would change the texts in ways that `generate` has not, and the value that changes nothing. */
const notHonoured: Readonly<Record<string, unknown>> = {
  assistant_early_exit: undefined,
  constraints: undefined,
  diversity_penalty: 0,
  dola_layers: undefined,
  encoder_no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  exponential_decay_length_penalty: undefined,
  force_words_ids: undefined,
  guidance_scale: 1,
  max_time: undefined,
  num_beam_groups: 1,
  penalty_alpha: 0,
  sequence_bias: undefined,
  stop_strings: undefined,
  token_healing: false,
  top_h: undefined,
  watermarking_config: undefined,
};

/** Most beams, and most texts of a prompt: a hundred times what people use. */
const MOST_TEXTS = 1_000;

function fieldsOf(json: Fields, file: string) {
  const wrong = (name: string, right: string): FormatError =>
    new FormatError("bad_model_config", `${file}: ${name} is ${showValue(json[name])}; it must be ${right}`);
  const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0;
  const given = <T>(name: string, right: string, fits: (value: unknown) => boolean, neutral?: T): T | undefined => {
    const value = json[name];
    if (value === undefined || value === null) return undefined;
    if (!fits(value)) throw wrong(name, right);
    return value === neutral ? undefined : (value as T);
  };
  const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
  return {
    whole: (name: string, least: number, neutral?: number) =>
      given<number>(name, `a whole number of at least ${least}`, (value) => isId(value) && value >= least, neutral),
    /** A file that was downloaded does not get to ask for more texts at once than memory holds. */
    texts: (name: string) =>
      given<number>(
        name,
        `a whole number from 1 to ${MOST_TEXTS}`,
        (value) => isId(value) && value >= 1 && value <= MOST_TEXTS,
        1,
      ),
    number: (name: string, right: string, fits: (value: number) => boolean, neutral?: number) =>
      given<number>(name, right, (value) => isNumber(value) && fits(value), neutral),
    flag: (name: string, neutral?: boolean) =>
      given<boolean>(name, "true or false", (value) => typeof value === "boolean", neutral),
    ids: (name: string): readonly number[] | undefined => {
      const right = "a token id or a list of these";
      const value = given<unknown>(name, right, (found) => [found].flat().every(isId));
      return value === undefined ? undefined : ([value].flat() as number[]);
    },
    sequences: (name: string) =>
      given<readonly number[][]>(name, "a list of lists of token ids, none of them empty", (value) => {
        const isSequence = (ids: unknown): boolean => Array.isArray(ids) && ids.length > 0 && ids.every(isId);
        return Array.isArray(value) && value.every(isSequence);
      }),
    stopping: (name: string) =>
      given<boolean | "never">(
        name,
        'true, false or "never"',
        (value) => typeof value === "boolean" || value === "never",
        false,
      ),
  };
}

/** Leaves undefined members out. */
function defined<T extends object>(fields: { readonly [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Reads how a model's folder would have texts written.
 *
 * @param json content of `generation_config.json`; where there is none, transformers reads the same fields of `config.json`
 * @param file what messages call it
 * @throws FormatError `bad_model_config` for a value that is wrong, and for a field that would change the texts in a way
 * that `generate` has not
 *
 * @example
 * ```ts
 * import { parseGenerationConfig } from "@dylora/generation";
 *
 * console.log(parseGenerationConfig({ eos_token_id: [0, 12], repetition_penalty: 1.3, top_k: 50 }));
 * // { topK: 50, repetitionPenalty: 1.3, eosTokenIds: [ 0, 12 ] }
 * ```
 */
export function parseGenerationConfig(json: unknown, file = "generation_config.json"): GenerationConfig {
  const fields = (typeof json === "object" && json !== null ? json : {}) as Fields;
  for (const [name, neutral] of Object.entries(notHonoured)) {
    const value = fields[name];
    if (value === undefined || value === null || value === neutral) continue;
    throw new FormatError(
      "bad_model_config",
      `${file}: ${name} is ${showValue(value)}, which dylora cannot honour and which would change the texts; take it out of the file to generate without it`,
    );
  }
  const { whole, texts, number, flag, ids, sequences, stopping } = fieldsOf(fields, file);
  const share = (name: string, neutral?: number) =>
    number(name, "a number from 0 to 1", (value) => value >= 0 && value <= 1, neutral);
  return defined<GenerationConfig>({
    maxNewTokens: whole("max_new_tokens", 1),
    maxLength: whole("max_length", 1),
    minNewTokens: whole("min_new_tokens", 0, 0),
    minLength: whole("min_length", 0, 0),
    doSample: flag("do_sample", false),
    numBeams: texts("num_beams"),
    lengthPenalty: number("length_penalty", "a number", () => true, 1),
    earlyStopping: stopping("early_stopping"),
    temperature: number("temperature", "a number above 0", (value) => value > 0 || fields["do_sample"] !== true),
    topK: whole("top_k", 0),
    topP: share("top_p"),
    minP: share("min_p"),
    typicalP: share("typical_p", 1),
    epsilonCutoff: share("epsilon_cutoff", 0),
    etaCutoff: share("eta_cutoff", 0),
    repetitionPenalty: number("repetition_penalty", "a number above 0", (value) => value > 0, 1),
    noRepeatNgramSize: whole("no_repeat_ngram_size", 0, 0),
    numReturnSequences: texts("num_return_sequences"),
    eosTokenIds: ids("eos_token_id"),
    suppressTokens: ids("suppress_tokens"),
    beginSuppressTokens: ids("begin_suppress_tokens"),
    badWordsIds: sequences("bad_words_ids"),
    forcedBosTokenId: whole("forced_bos_token_id", 0),
    forcedEosTokenIds: ids("forced_eos_token_id"),
    renormalizeLogits: flag("renormalize_logits", false),
  });
}
