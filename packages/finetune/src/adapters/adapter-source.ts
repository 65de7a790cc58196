import type { TensorData } from "@dylora/io";
import type { AdaptableModel, AdaptedModel } from "@dylora/lora-core";
import type { BaseModel } from "../models/base-model.ts";
import type { OutputKind } from "../tasks/output-kind.ts";
import type { PromptFormName } from "../tasks/prompt-forms.ts";

/** A trained adapter on disk: a run folder of ours, or a PEFT folder. */
export interface AdapterSource {
  /** The folder. */
  readonly dir: string;
  /** Base model it names: a hub name or a path. */
  readonly baseName: string | undefined;
  /** Branch, tag or commit of it on the hub, where the adapter says so. */
  readonly baseRevision?: string;
  /** Package or script that describes the base model's family, where the adapter says so. */
  readonly model?: string | undefined;
  /** Outputs of the head it brings, known once it is prepared; undefined when it uses the base model's own, or has none. */
  readonly outputs: number | undefined;
  /** What it predicts, where it says so. */
  readonly kind: OutputKind | undefined;
  /** Class names, where it has them; empty for regression. */
  readonly labels: readonly string[] | undefined;
  /** Name of the task, where it says so. */
  readonly task: string | undefined;
  /** Most tokens of an example in its training, where it says so. */
  readonly maxLength: number | undefined;
  /** How the prompts of its training were written, where it says so. */
  readonly promptForm: PromptFormName | undefined;
  /** `tokenizerPrint` of the tokenizer of its training, where it says so. */
  readonly tokenizer: string | undefined;
  /** Highest rank. */
  readonly maxRank: number;
  /**
   * Checks that it fits its base model, by the headers of the files alone, and puts what it saves of the base's own
   * weights in their place.
   *
   * @returns the base model to load
   * @throws ConfigError `adapter_mismatch` naming what does not fit, and why
   */
  prepare?(base: BaseModel): Promise<BaseModel>;
  /** What it put in the place of the base's weights: an export of it needs that too. */
  readonly replaced?: ReadonlyMap<string, TensorData>;
  /** Names in PEFT's `modules_to_save`. */
  readonly modulesToSave?: readonly string[];
  /**
   * Puts it on its base model.
   *
   * @throws ConfigError `adapter_mismatch` when it does not fit
   */
  attachTo(model: AdaptableModel): AdaptedModel;
}
