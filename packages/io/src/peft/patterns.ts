import { DyloraError, FormatError } from "@dylora/errors";
import { patternTable } from "@dylora/module-patterns";
import type { PeftLoraConfig } from "./config.ts";

/** What of a configuration decides ranks and scales. */
export type PeftScaling = Pick<PeftLoraConfig, "r" | "lora_alpha" | "rank_pattern" | "alpha_pattern" | "use_rslora">;

type Field = "rank_pattern" | "alpha_pattern";
type LookUp = (path: string) => number | undefined;

/** Tables that were compiled, so that a look-up for each of many modules compiles them once. */
const compiled = new WeakMap<Readonly<Record<string, number>>, LookUp>();

function inFormatError<Result>(field: Field, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!DyloraError.isInstance(cause)) throw cause;
    throw new FormatError("peft_config_invalid", `${field}: ${cause.message}`, { cause, details: { field } });
  }
}

function firstHit(patterns: Readonly<Record<string, number>>, path: string, field: Field): number | undefined {
  return inFormatError(field, () => {
    const lookUp = compiled.get(patterns) ?? patternTable(patterns);
    compiled.set(patterns, lookUp);
    return lookUp(path);
  });
}

/**
 * Rank of the pair at a module path: the value of the first `rank_pattern` key that matches as
 * `(.*\.)?(key)$`, else `r`. The rule is PEFT's `get_pattern_key`.
 *
 * @param path module path, for instance `roberta.encoder.layer.0.attention.self.query`
 * @throws `FormatError` `peft_config_invalid` for a key that is no regular expression, or needs more than the linear time of
 * RE2: lookaround, backreferences.
 */
export function rankFor(config: PeftScaling, path: string): number {
  return firstHit(config.rank_pattern, path, "rank_pattern") ?? config.r;
}

/**
 * Alpha of the pair at a module path: the value of the first `alpha_pattern` key that matches, else `lora_alpha`.
 *
 * @throws As {@link rankFor}.
 */
export function alphaFor(config: PeftScaling, path: string): number {
  return firstHit(config.alpha_pattern, path, "alpha_pattern") ?? config.lora_alpha;
}

/**
 * Factor by which PEFT multiplies B·A at a module path: alpha/r, or alpha/√r with `use_rslora`.
 *
 * @throws As {@link rankFor}.
 */
export function scaleFor(config: PeftScaling, path: string): number {
  const rank = rankFor(config, path);
  return alphaFor(config, path) / (config.use_rslora ? Math.sqrt(rank) : rank);
}
