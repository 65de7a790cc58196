/** What a setting of another tool stands for that is no setting of ours under another name. */
export interface Meaning {
  /** Our settings for a value; none where it says what is done anyway, undefined where it asks for something else. */
  readonly of: (value: unknown) => Readonly<Record<string, unknown>> | undefined;
  /** What to do where it asks for something else. */
  readonly cure?: string;
}

const only = (values: readonly unknown[], cure?: string): Meaning => ({
  of: (value) => (values.includes(value) ? {} : undefined),
  ...(cure === undefined ? {} : { cure }),
});

/** A setting that changes nothing about what is learnt here, whatever it says. */
const anything: Meaning = { of: () => ({}) };

const bfloat16 = "'backend' native:bfloat16 computes in bfloat16";
const inSteps = only(["steps", "no"], "give 'evalEvery' and 'checkpointEvery' in steps");
const memory = "a LoRA of the whole model in float32 or bfloat16 is trained; leave it out, or lower 'batchSize'";

/** Settings of transformers, LLaMA-Factory and axolotl, in snake case. */
const meanings: Readonly<Record<string, Meaning>> = {
  use_rslora: { of: (value) => (value === true ? { scaling: "alpha/sqrt(b)" } : value === false ? {} : undefined) },
  // A run is gone on with in its own folder.
  resume_from_checkpoint: {
    of: (value) =>
      typeof value === "string"
        ? { resume: true, out: value.replace(/[\\/]checkpoint[\\/]?$/, "") }
        : typeof value === "boolean"
          ? { resume: value }
          : undefined,
  },
  // axolotl's list of data, where it has one entry.
  datasets: {
    of(value) {
      const [entry, ...others] = Array.isArray(value) ? value : [];
      const path = (entry as { readonly path?: unknown } | undefined)?.path;
      return typeof path === "string" && others.length === 0 ? { task: path } : undefined;
    },
    cure: "name one table as 'task'",
  },
  load_best_model_at_end: {
    of: (value) => (typeof value === "boolean" ? { keep: value ? "best" : "last" } : undefined),
  },
  stage: only(["sft"]),
  do_train: only([true]),
  do_eval: only([true, false]),
  finetuning_type: only(["lora"]),
  adapter: only(["lora"]),
  peft_type: only(["LORA"]),
  bias: only(["none"], "biases are not trained; leave it out"),
  optim: only(["adamw_torch", "adamw_torch_fused", "adamw"], "AdamW is the optimiser; leave it out"),
  optimizer: only(["adamw_torch", "adamw_torch_fused", "adamw"], "AdamW is the optimiser; leave it out"),
  adam_beta1: only([0.9]),
  adam_beta2: only([0.999]),
  adam_epsilon: only([1e-8]),
  fp16: only([false], bfloat16),
  bf16: only([false, "auto"], bfloat16),
  tf32: only([false]),
  load_in_4bit: only([false], memory),
  load_in_8bit: only([false], memory),
  quantization_bit: only([], memory),
  gradient_checkpointing: only([false], memory),
  push_to_hub: only([false], "export the rank, then upload its folder with the hub's own tool"),
  trust_remote_code: only([false], "code of the hub is never run; a model family of your own goes by 'model'"),
  eval_strategy: inSteps,
  evaluation_strategy: inSteps,
  save_strategy: inSteps,
  // -1 and 0 stand for none.
  val_set_size: only([0]),
  max_steps: only([-1]),
  run_name: only([], "a run is named by its folder: give it as 'out'"),
  logging_dir: only([], "the folder tensorboard/ in 'out' is where 'reportTo' writes; leave it out"),
  logging_steps: anything,
  logging_strategy: anything,
  logging_first_step: anything,
  save_total_limit: anything,
  save_safetensors: only([true]),
  disable_tqdm: anything,
  plot_loss: anything,
  ddp_timeout: anything,
  group_by_length: anything,
  remove_unused_columns: anything,
  overwrite_cache: anything,
  preprocessing_num_workers: anything,
  dataloader_num_workers: anything,
  dataset_processes: anything,
};

/** What a setting of another tool means here; undefined for names that nobody knows. */
export const meaningOf = (snake: string): Meaning | undefined =>
  Object.hasOwn(meanings, snake) ? meanings[snake] : undefined;
