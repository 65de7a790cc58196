import { FormatError, nearNames } from "@dylora/errors";

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
