import { DyloraError } from "./dylora-error.ts";

/** A setting or argument is wrong: rank out of range, unknown target module, a pmf that does not sum to 1. */
export class ConfigError extends DyloraError {}

/** A file or folder is not what it should be: missing, truncated, malformed, of another format. */
export class FormatError extends DyloraError {}

/** A tensor has the wrong shape or type. */
export class ShapeError extends DyloraError {}

/** A tensor backend is missing, broken or lacks what was asked of it. */
export class BackendError extends DyloraError {}

/** A limit would be exceeded: memory, size, an output folder that is not empty. Refused before any work. */
export class ResourceError extends DyloraError {}

/** Training cannot go on: NaN or infinite loss, a checkpoint that does not fit the model. */
export class TrainingError extends DyloraError {}
