import type { TensorData } from "../tensor-data.ts";
import type { AdapterNote } from "./adapter-note.ts";
import type { PeftLoraConfig, PeftLoraFields } from "./config.ts";

/** File name of the configuration in a PEFT folder. */
export const ADAPTER_CONFIG = "adapter_config.json";
/** File name of the weights in a PEFT folder. */
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";
/** File name of the pickled weights that older PEFT versions wrote; refused. */
export const ADAPTER_PICKLE = "adapter_model.bin";
/** What PEFT puts before every name in the weights file. */
export const PEFT_PREFIX = "base_model.model.";

/** The two matrices of one adapted module, in PEFT's orientation: the module adds scale · B · A · x. */
export interface PeftPair {
  /** Down projection A [r, in], row-major. */
  readonly A: TensorData;
  /** Up projection B [out, r], row-major. */
  readonly B: TensorData;
}

/** A LoRA adapter as plain data, such as `toPeft` of `@dylora/lora-core` makes it. */
export interface PeftAdapter {
  /** Content of `adapter_config.json`; what is not given is PEFT's default. */
  readonly config: Partial<PeftLoraFields>;
  /** Pairs by the path of the adapted module in the base model. */
  readonly tensors: ReadonlyMap<string, PeftPair>;
  /** Parameters that replace the base model's, by full name, for instance `classifier.dense.weight`. */
  readonly modulesToSave: ReadonlyMap<string, TensorData>;
  /** What it says about itself beyond PEFT's files, in `dylora.json`: class names above all. */
  readonly note?: AdapterNote;
}

/** An adapter that was read, with what was odd about it. */
export interface LoadedPeftAdapter extends PeftAdapter {
  /** Content of `adapter_config.json`, checked and complete. */
  readonly config: PeftLoraConfig;
  /** What messages call it: its folder, or its weights file. */
  readonly name: string;
  /**
   * Names of `modules_to_save` of which the file holds nothing. PEFT always announces `score` beside `classifier`, and no
   * RoBERTa has it; a name that the base model does have makes the adapter incomplete.
   */
  readonly lackingModules: readonly string[];
  /** Lines for the user: unknown fields, parameters that the configuration does not announce. */
  readonly warnings: readonly string[];
}
