import { ConfigError } from "@dylora/errors";
import { type AdaptableSite, allTargets, type Target } from "./site.ts";

/**
 * Which sites get a pair. A list names modules as PEFT's `target_modules` does: a site is chosen when its path equals
 * an entry or ends with `.` and the entry. A string is `all-linear`, or a regular expression that must match the whole path.
 */
export type TargetSelector = readonly string[] | string;

/**
 * Chooses targets among a model's sites.
 *
 * @throws ConfigError `unknown_target` when an entry matches nothing (with near names), `overlapping_targets` when a
 * site is chosen both whole and in parts, `bad_target_pattern` for an invalid regular expression
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

function byPattern(targets: readonly Target[], pattern: string): Target[] {
  if (pattern === "all-linear") return targets.filter((target) => target.part === undefined);
  let whole: RegExp;
  try {
    whole = new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw new ConfigError("bad_target_pattern", `"${pattern}" is not a regular expression`, { cause });
  }
  const chosen = targets.filter((target) => whole.test(target.path));
  if (chosen.length === 0) throw unknownTarget(pattern, targets);
  return chosen;
}

function byNames(targets: readonly Target[], names: readonly string[]): Target[] {
  const matches = (target: Target, name: string): boolean => target.path === name || target.path.endsWith(`.${name}`);
  if (names.length === 0) throw new ConfigError("unknown_target", "no target module is named; name at least one");
  for (const name of names) {
    if (!targets.some((target) => matches(target, name))) throw unknownTarget(name, targets);
  }
  return targets.filter((target) => names.some((name) => matches(target, name)));
}

function unknownTarget(name: string, targets: readonly Target[]): ConfigError {
  const known = [...new Set(targets.map(({ path }) => shortName(path)))];
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
  return new ConfigError(
    "unknown_target",
    `target module "${name}" matches no layer of the model; near names: ${near.join(", ")} (all: ${known.join(", ")})`,
    { details: { target: name, near, known } },
  );
}

/** The shortest ending that still tells sites apart by kind: what follows the last number in the path. */
function shortName(path: string): string {
  const parts = path.split(".");
  const lastNumber = parts.findLastIndex((part) => /^\d+$/.test(part));
  return parts.slice(lastNumber + 1).join(".");
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  // A suffix such as "query" is near "attention.self.query": what the longer name has more counts little.
  return (previous[b.length] ?? 0) - 0.9 * Math.abs(a.length - b.length);
}
