import { ConfigError } from "@dylora/errors";

/**
 * Named rules for the factor s(b) on a delta of rank b:
 * - `alpha/b`: DyLoRA's (paper Eq. 7; the reference's net scale), and PEFT's `lora_alpha / r` for the exported rank;
 * - `alpha/sqrt(b)`: rank-stabilised LoRA (Kalajdzievski 2023), PEFT's `use_rslora`;
 * - `constant`: alpha itself at every rank.
 */
export type ScalingPolicy = "alpha/b" | "alpha/sqrt(b)" | "constant";

/** A rule of your own: the factor for an effective rank b (1-based) and alpha. Must be finite and above 0. */
export type ScalingFunction = (rank: number, alpha: number) => number;

const policies: Record<ScalingPolicy, ScalingFunction> = {
  "alpha/b": (rank, alpha) => alpha / rank,
  "alpha/sqrt(b)": (rank, alpha) => alpha / Math.sqrt(rank),
  constant: (_, alpha) => alpha,
};

/** Names of the policies. */
export const scalingPolicies: readonly ScalingPolicy[] = ["alpha/b", "alpha/sqrt(b)", "constant"];

/**
 * The factor s(b).
 *
 * @param scaling a named policy or a function
 * @param rank effective rank b, at least 1
 * @param alpha `lora_alpha`
 * @throws ConfigError `bad_scaling` when a function gives no finite number above 0
 */
export function scaleAt(scaling: ScalingPolicy | ScalingFunction, rank: number, alpha: number): number {
  const scale = (typeof scaling === "function" ? scaling : policies[scaling])(rank, alpha);
  if (Number.isFinite(scale) && scale > 0) return scale;
  throw new ConfigError("bad_scaling", `the scaling gives ${scale} at rank ${rank}; it must give a number above 0`, {
    details: { rank, alpha, scale },
  });
}
