import { FormatError } from "@dylora/errors";

/** Length of the longest run of parts that both dotted names have in the same order. */
function sharedParts(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const part of a) {
    const next = [0];
    for (let j = 0; j < b.length; j++) {
      next.push(part === b[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * The names nearest to a dotted name that does not exist: most parts in common, then fewest parts besides.
 *
 * @param count how many to give. Default 3.
 */
export function nearNames(name: string, candidates: Iterable<string>, count = 3): string[] {
  const parts = name.split(".");
  const scored = [...candidates].map((candidate) => {
    const other = candidate.split(".");
    const shared = sharedParts(parts, other);
    return { candidate, shared, extra: other.length - shared };
  });
  const near = scored.filter(({ shared }) => shared > 0).sort((a, b) => b.shared - a.shared || a.extra - b.extra);
  return near.slice(0, count).map(({ candidate }) => candidate);
}

/** What a wrapper of the model, such as DataParallel's `module.`, put before every name; undefined where none did. */
function wrapperOf(name: string, candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => candidate.endsWith(`.${name}`))?.slice(0, -name.length);
}

/**
 * The error for a tensor that a file does not hold, with the full name and near matches.
 *
 * @param why what more is known about it
 */
export function missingTensor(name: string, file: string, candidates: Iterable<string>, why?: string): FormatError {
  const all = [...candidates];
  const near = nearNames(name, all);
  const wrapper = wrapperOf(name, all);
  const wrapped =
    wrapper && `its names begin with "${wrapper}", from a wrapper of the model: save the model inside it, without it`;
  const hints = [why, wrapped, near.length > 0 ? `near: ${near.join(", ")}` : undefined].filter(Boolean);
  const message = [`${file} has no tensor "${name}"`, ...hints].join("; ");
  return new FormatError("missing_tensor", message, { details: { file, name, near } });
}
