import { FormatError, isWhole, showValue, type WholeBounds, wholeNumber } from "@dylora/errors";
import type { GeluForm } from "@dylora/tensor";

/** Most of anything that a configuration counts; more would fill the memory before it is refused elsewhere. */
const MOST = 2 ** 31 - 1;

/** The form of each activation of the GELU family, by transformers' name. */
const geluForms: Readonly<Record<string, GeluForm>> = {
  gelu: "erf",
  gelu_fast: "tanh",
  gelu_new: "tanh",
  gelu_python: "erf",
  gelu_pytorch_tanh: "tanh",
};

/** The error for a configuration that no model can be made of. */
export const badModelConfig = (message: string): FormatError =>
  new FormatError("bad_model_config", `config.json: ${message}`);

/**
 * Reads single fields of a `config.json`. A field that is missing or null takes the fallback, if there is one. Each reader
 * throws FormatError `bad_model_config` that names the field, what it is and what would be right.
 * @experimental
 */
export interface ConfigFields {
  /** Every field, unchecked. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A whole number: from 1 to 2³¹ - 1, unless the bounds say otherwise. */
  whole(name: string, fallback?: number, bounds?: WholeBounds): number;
  /** A number of at least 0, below a limit where one is given. */
  number(name: string, fallback: number, below?: number): number;
  /** One of some words. */
  choice<Word extends string>(name: string, known: readonly Word[], fallback?: Word): Word;
  /** True or false. */
  flag(name: string, fallback: boolean): boolean;
  /** The activation by transformers' name for it; only those of the GELU family are known. */
  gelu(name: string, fallback: string): GeluForm;
}

/**
 * Readers for the fields of a model's configuration, which a model package parses with them.
 *
 * @param json content of `config.json`; what is no object has no fields
 *
 * @experimental
 * @example
 * ```ts
 * import { configFields } from "@dylora/lora-core";
 *
 * const { whole, number } = configFields({ hidden_size: 64 });
 * console.log(whole("hidden_size"), whole("num_hidden_layers", 12), number("layer_norm_eps", 1e-12));
 * ```
 */
export function configFields(json: unknown): ConfigFields {
  const fields = (typeof json === "object" && json !== null ? json : {}) as Readonly<Record<string, unknown>>;
  const wrong = (name: string, value: unknown, right: string): FormatError =>
    badModelConfig(`${name} is ${value === undefined ? "missing" : showValue(value)}; it must be ${right}`);
  const choice: ConfigFields["choice"] = (name, known, fallback) => {
    const value = fields[name] ?? fallback;
    const word = known.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    throw wrong(name, value, `one of ${known.join(", ")}`);
  };
  return {
    fields,
    choice,
    whole(name, fallback, { min = 1, max = MOST } = {}) {
      const value = fields[name] ?? fallback;
      if (!isWhole(value, { min })) throw wrong(name, value, wholeNumber({ min }));
      if (value > max) throw wrong(name, value, `at most ${max}`);
      return value;
    },
    number(name, fallback, below = Number.POSITIVE_INFINITY) {
      const value = fields[name] ?? fallback;
      if (typeof value === "number" && value >= 0 && value < below) return value;
      const right = below === Number.POSITIVE_INFINITY ? "a number of at least 0" : `a number from 0, below ${below}`;
      throw wrong(name, value, right);
    },
    flag(name, fallback) {
      const value = fields[name] ?? fallback;
      if (typeof value === "boolean") return value;
      throw wrong(name, value, "true or false");
    },
    gelu: (name, fallback) => geluForms[choice(name, Object.keys(geluForms), fallback)] as GeluForm,
  };
}
