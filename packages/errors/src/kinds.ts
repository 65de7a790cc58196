import { DyloraError } from "./dylora-error.ts";

/** A setting or argument is wrong: rank out of range, unknown target module, a pmf that does not sum to 1. */
export class ConfigError extends DyloraError {
  override readonly name = "ConfigError";
}

/** A file or folder is not what it should be: missing, truncated, malformed, of another format. */
export class FormatError extends DyloraError {
  override readonly name = "FormatError";
}

/** A tensor has the wrong shape or type. */
export class ShapeError extends DyloraError {
  override readonly name = "ShapeError";
}

/** A tensor backend is missing, broken or lacks what was asked of it. */
export class BackendError extends DyloraError {
  override readonly name = "BackendError";
}

/** A limit would be exceeded: memory, size, an output folder that is not empty. Refused before any work. */
export class ResourceError extends DyloraError {
  override readonly name = "ResourceError";
}

/** Training cannot go on: NaN or infinite loss, a checkpoint that does not fit the model. */
export class TrainingError extends DyloraError {
  override readonly name = "TrainingError";
}
