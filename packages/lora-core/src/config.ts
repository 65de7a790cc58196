import { ConfigError, DyloraError, isWhole, showValue, wholeNumber } from "@dylora/errors";
import { patternTable } from "@dylora/module-patterns";
import { type ScalingFunction, type ScalingPolicy, scalingPolicies } from "./scaling.ts";
import type { TargetSelector } from "./select-targets.ts";

/** What a LoRA adapter is made of. Plain data (a scaling function apart), so it goes into checkpoints as JSON. */
export interface LoraConfig {
  /** Highest rank r_max; PEFT's `r`. Default 8. */
  readonly rank: number;
  /** PEFT's `lora_alpha`. Default 16, as the DyLoRA scripts have it. */
  readonly alpha: number;
  /** Dropout on the input of A while training, in [0, 1); PEFT's `lora_dropout`. Default 0. */
  readonly dropout: number;
  /** Which modules get a pair; PEFT's `target_modules`. Default: the model's `defaultTargets`. */
  readonly targets: TargetSelector | undefined;
  /** Rule for the factor s(b). Default `alpha/b`. A function is lost in JSON: whoever restores settings gives it again. */
  readonly scaling: ScalingPolicy | ScalingFunction;
  /** Ranks of single modules: PEFT's `rank_pattern`, a regular expression or module name to a rank. Default none. */
  readonly rankPattern: Readonly<Record<string, number>>;
  /** Alphas of single modules: PEFT's `alpha_pattern`. Default none. */
  readonly alphaPattern: Readonly<Record<string, number>>;
}

const fields = ["rank", "alpha", "dropout", "targets", "scaling", "rankPattern", "alphaPattern"] as const;

const aRank = { min: 1 };

/**
 * Checks settings from anywhere (a file, a command line, code) and fills in the defaults.
 *
 * @throws ConfigError `bad_lora_config` naming the field, what it is and what would be right
 *
 * @example
 * ```ts
 * import { parseLoraConfig } from "@dylora/lora-core";
 *
 * const config = parseLoraConfig({ rank: 8, targets: ["query", "value"] });
 * console.log(config.alpha); // 16
 * ```
 */
export function parseLoraConfig(settings: unknown = {}): LoraConfig {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new ConfigError("bad_lora_config", "a LoRA config is an object such as { rank: 8, alpha: 16 }");
  }
  const given = settings as Partial<LoraConfig>;
  for (const key of Object.keys(given)) {
    if ((fields as readonly string[]).includes(key)) continue;
    throw new ConfigError(
      "bad_lora_config",
      `a LoRA config has no field "${key}"; its fields are ${fields.join(", ")}`,
    );
  }
  const config: LoraConfig = {
    rank: given.rank ?? 8,
    alpha: given.alpha ?? 16,
    dropout: given.dropout ?? 0,
    targets: given.targets,
    scaling: given.scaling ?? "alpha/b",
    rankPattern: given.rankPattern ?? {},
    alphaPattern: given.alphaPattern ?? {},
  };
  check(isWhole(config.rank, aRank), "rank", config.rank, wholeNumber(aRank));
  check(Number.isFinite(config.alpha) && config.alpha > 0, "alpha", config.alpha, "a number above 0");
  check(config.dropout >= 0 && config.dropout < 1, "dropout", config.dropout, "a number in [0, 1)");
  const { targets, scaling, rankPattern, alphaPattern } = config;
  const named = Array.isArray(targets) && targets.every((target) => typeof target === "string");
  check(targets === undefined || typeof targets === "string" || named, "targets", targets, "module names");
  const known = typeof scaling === "function" || scalingPolicies.includes(scaling);
  check(known, "scaling", scaling, `a function or one of ${scalingPolicies.join(", ")}`);
  checkPattern("rankPattern", rankPattern, (rank) => isWhole(rank, aRank), wholeNumber(aRank));
  checkPattern("alphaPattern", alphaPattern, (alpha) => Number.isFinite(alpha) && alpha > 0, "a number above 0");
  return config;
}

function checkPattern(
  field: string,
  pattern: Readonly<Record<string, number>>,
  isGood: (value: number) => boolean,
  right: string,
): void {
  const isTable = typeof pattern === "object" && !Array.isArray(pattern);
  check(isTable, field, pattern, 'an object such as { "layer.0.attention.self.query": 4 }');
  for (const [key, value] of Object.entries(pattern)) {
    check(isGood(value), `${field}["${key}"]`, value, right);
  }
  try {
    patternTable(pattern);
  } catch (cause) {
    if (!DyloraError.isInstance(cause)) throw cause;
    throw new ConfigError("bad_lora_config", `LoRA config: ${field}: ${cause.message}`, { cause, details: { field } });
  }
}

function check(good: boolean, field: string, found: unknown, right: string): void {
  if (good) return;
  throw new ConfigError("bad_lora_config", `LoRA config: ${field} is ${showValue(found)}; it must be ${right}`, {
    details: { field, found },
  });
}
