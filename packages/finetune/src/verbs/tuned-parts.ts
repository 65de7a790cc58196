import type { Tokenizer } from "@dylora/data";
import type { AdaptedModel } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";
import type { BaseModel } from "../models/base-model.ts";
import type { PromptFormName } from "../tasks/prompt-forms.ts";

/** What a model that answers is made of. */
export interface TunedParts {
  /** Folder or hub name of the adapter. */
  readonly name: string;
  /** The model with its adapter. */
  readonly adapted: AdaptedModel;
  /** Its base model. */
  readonly base: BaseModel;
  /** Its tokenizer. */
  readonly tokenizer: Tokenizer;
  /** What its outputs mean; undefined where it generates. */
  readonly head: Head | undefined;
  /** Most tokens of an input. */
  readonly maxLength: number;
  /** How the prompts of its training were written, where that is known. */
  readonly promptForm: PromptFormName | undefined;
  /** Frees it. */
  readonly close: () => Promise<void>;
}
