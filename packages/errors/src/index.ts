export { DyloraError, type DyloraErrorOptions } from "./dylora-error.ts";
export { escapeControls } from "./escape-controls.ts";
export { InterruptedError, ReaderGoneError } from "./interruption.ts";
export { BackendError, ConfigError, FormatError, ResourceError, ShapeError, TrainingError } from "./kinds.ts";
export { nearNames } from "./near-names.ts";
export { checkOptionNames } from "./option-names.ts";
export { showValue } from "./show-value.ts";
export { checkWhole, isWhole, type WholeBounds, wholeNumber } from "./whole.ts";
