import { ConfigError, DyloraError, nearNames } from "@dylora/errors";
import { wholePathPattern } from "@dylora/module-patterns";
import { type AdaptableSite, allTargets, type Target } from "./site.ts";

/**
 * Which sites get a pair. A list names modules as PEFT's `target_modules` does: a site is chosen when its path equals
 * an entry or ends with `.` and the entry. A string is `all-linear` (every site the model declares), or a regular
 * expression that must match the whole path.
 */
export type TargetSelector = readonly string[] | string;

/**
 * Chooses targets among a model's sites.
 *
 * @returns the chosen targets, in the order of the sites; never empty
 * @throws ConfigError `unknown_target` when an entry matches nothing (with near names), `overlapping_targets` when a
 * site is chosen both whole and in parts, `bad_target_pattern` for an invalid regular expression
 *
 * @example
 * ```ts
 * import { selectTargets } from "@dylora/lora-core";
 *
 * const sites = ["encoder.0.query", "encoder.0.key"].map((path) => {
 *   return { path, inFeatures: 8, outFeatures: 8, layout: "out-in" } as const;
 * });
 * console.log(selectTargets(sites, ["query"]).map(({ path }) => path)); // [ 'encoder.0.query' ]
 * ```
 */
export function selectTargets(sites: readonly AdaptableSite[], selector: TargetSelector): Target[] {
  const targets = allTargets(sites);
  const chosen = typeof selector === "string" ? byPattern(targets, selector) : byNames(targets, selector);
  for (const target of chosen) {
    if (target.part === undefined || !chosen.some((other) => other.path === target.site.path)) continue;
    throw new ConfigError(
      "overlapping_targets",
      `${target.site.path} is chosen whole and in part (${target.path}); name one or the other`,
    );
  }
  return chosen;
}

/** True when a name, as in PEFT's `target_modules`, means this path: it is the path or its end after a dot. */
export function namesTarget(name: string, path: string): boolean {
  return path === name || path.endsWith(`.${name}`);
}

function byPattern(targets: readonly Target[], pattern: string): Target[] {
  const chosen =
    pattern === "all-linear" ? targets.filter(({ part }) => part === undefined) : matching(targets, pattern);
  if (chosen.length === 0) throw unknownTarget(pattern, targets);
  return chosen;
}

function matching(targets: readonly Target[], pattern: string): Target[] {
  let isMeant: (path: string) => boolean;
  try {
    isMeant = wholePathPattern(pattern);
  } catch (cause) {
    if (!DyloraError.isInstance(cause)) throw cause;
    throw new ConfigError("bad_target_pattern", `target modules: ${cause.message}`, { cause });
  }
  const chosen = targets.filter(({ path }) => isMeant(path));
  if (chosen.length === 0 && targets.some(({ path }) => namesTarget(pattern, path))) {
    throw new ConfigError(
      "unknown_target",
      `the string "${pattern}" is a regular expression for whole paths and matches none; to name modules give a list: ["${pattern}"]`,
      { details: { target: pattern } },
    );
  }
  return chosen;
}

function byNames(targets: readonly Target[], names: readonly string[]): Target[] {
  if (names.length === 0) throw new ConfigError("unknown_target", "no target module is named; name at least one");
  for (const name of names) {
    if (!targets.some(({ path }) => namesTarget(name, path))) throw unknownTarget(name, targets);
  }
  return targets.filter(({ path }) => names.some((name) => namesTarget(name, path)));
}

function unknownTarget(name: string, targets: readonly Target[]): ConfigError {
  if (targets.length === 0) return new ConfigError("unknown_target", "the model declares no layer that can be adapted");
  const known = [...new Set(targets.map(({ path }) => kindOf(path)))];
  const alike = nearNames(name, known);
  const near = alike.length > 0 ? alike : known.slice(0, 3);
  return new ConfigError(
    "unknown_target",
    `target module "${name}" matches no layer of the model; near names: ${near.join(", ")} (all: ${known.join(", ")})`,
    { details: { target: name, near, known } },
  );
}

/** The ending that all layers have in common: what follows the last number in the path. */
export function kindOf(path: string): string {
  const parts = path.split(".");
  const lastNumber = parts.findLastIndex((part) => /^\d+$/.test(part));
  return parts.slice(lastNumber + 1).join(".");
}
