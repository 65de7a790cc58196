import { FormatError } from "@dylora/errors";
import type { PeftLoraConfig } from "./config.ts";

/** What of a configuration decides ranks and scales. */
export type PeftScaling = Pick<PeftLoraConfig, "r" | "lora_alpha" | "rank_pattern" | "alpha_pattern" | "use_rslora">;

function expression(key: string, field: string): RegExp {
  try {
    return new RegExp(`^(.*\\.)?(${key})$`);
  } catch (cause) {
    throw new FormatError("peft_config_invalid", `${field}: "${key}" is not a regular expression`, { cause });
  }
}

function firstHit(patterns: Readonly<Record<string, number>>, path: string, field: string): number | undefined {
  return Object.entries(patterns).find(([key]) => expression(key, field).test(path))?.[1];
}

/**
 * Rank of the pair at a module path: the value of the first `rank_pattern` key that matches as
 * `(.*\.)?(key)$`, else `r`. The rule is PEFT's `get_pattern_key`.
 *
 * @param path - Module path, for instance `roberta.encoder.layer.0.attention.self.query`.
 * @throws `FormatError` `peft_config_invalid` for a key that is no regular expression.
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
