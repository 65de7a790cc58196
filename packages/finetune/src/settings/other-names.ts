import { ConfigError, showValue } from "@dylora/errors";
import { meaningOf } from "./other-meanings.ts";
import type { GivenValues } from "./read-settings.ts";

/**
 * Names that transformers, PEFT, LLaMA-Factory and axolotl have for our settings, by ours. Each is understood as a flag and
 * in a configuration file.
 */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  base: ["model_name_or_path", "base_model"],
  task: ["task_name", "dataset", "dataset_name", "train_file"],
  data: ["dataset_dir", "data_dir"],
  out: ["output_dir"],
  overwrite: ["overwrite_output_dir"],
  resume: ["resume_from_checkpoint"],
  rank: ["lora_r", "lora_rank", "r", "max_rank"],
  alpha: ["lora_alpha"],
  targets: ["target_modules", "lora_target", "lora_target_modules"],
  steps: ["max_steps"],
  epochs: ["num_train_epochs", "num_epochs"],
  batchSize: ["per_device_train_batch_size", "micro_batch_size", "train_batch_size"],
  evalBatchSize: ["per_device_eval_batch_size"],
  accumulation: ["gradient_accumulation_steps"],
  lr: ["learning_rate"],
  schedule: ["lr_scheduler_type", "lr_scheduler"],
  warmup: ["warmup_steps"],
  clipNorm: ["max_grad_norm"],
  labelSmoothing: ["label_smoothing_factor"],
  maxLength: ["max_seq_length", "cutoff_len", "sequence_len"],
  evalEvery: ["eval_steps"],
  checkpointEvery: ["save_steps"],
  validation: ["val_size", "val_set_size", "validation_file"],
  earlyStopping: ["early_stopping_patience"],
  text: ["text_column", "text_column_name", "dataset_text_field"],
  label: ["label_column", "label_column_name"],
};

/** A name as Python writes it: `learning_rate` for `learningRate` and `learning-rate`. */
export const snakeCase = (name: string): string =>
  name.replaceAll("-", "_").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camelCase = (snake: string): string =>
  snake.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Settings that mean the same in every command; the others do so where something is trained. */
const everywhere = new Set(["base", "task", "data", "out", "overwrite", "maxLength", "evalBatchSize", "text", "label"]);

/**
 * What other tools call one of the settings that there are. Where nothing is trained, a rank is the one to use and not LoRA's
 * r, and a batch is not one of training.
 */
export const otherNamesOf = (own: string, known: ReadonlySet<string>): readonly string[] =>
  known.has("lr") || everywhere.has(own) ? (otherNames[own] ?? []) : [];

/**
 * Our name of a setting, whatever tool a name comes from and however it is written: `learning_rate`, `learning-rate` and
 * `learningRate` are `lr`.
 *
 * @param known the settings that there are
 * @returns undefined for a name that is none of them
 */
export function ownName(name: string, known: ReadonlySet<string>): string | undefined {
  if (known.has(name)) return name;
  const snake = snakeCase(name);
  const camel = camelCase(snake);
  if (known.has(camel)) return camel;
  return [...known].find((own) => otherNamesOf(own, known).includes(snake));
}

/** What {@link inOurNames} gives. */
export interface OwnNames extends GivenValues {
  /** Settings that were left out because they say what is done anyway, or change nothing here, such as `do_train`. */
  readonly ignored: readonly string[];
}

/**
 * Puts values under our names. A name that nobody knows stays, so that it is refused by whoever reads the settings.
 *
 * @param table the settings that there are
 * @throws ConfigError `bad_option` where one setting is given under two names; `unknown_option` for a setting of another tool
 * whose value asks for something that dylora does not do
 */
export function inOurNames({ values, file }: GivenValues, table: object): OwnNames {
  const known = new Set(Object.keys(table));
  const renamed: Record<string, unknown> = {};
  const saidBy = new Map<string, string>();
  const ignored: string[] = [];
  const where = file === undefined ? "" : `${file}: `;
  const put = (own: string, value: unknown, name: string): void => {
    const before = saidBy.get(own);
    if (before !== undefined && renamed[own] !== value) {
      throw new ConfigError(
        "bad_option",
        `${where}"${before}" and "${name}" are one setting, '${own}'; give one of them`,
      );
    }
    saidBy.set(own, name);
    renamed[own] = value;
  };
  for (const [name, value] of Object.entries(values)) {
    const meaning = known.has(name) ? undefined : meaningOf(snakeCase(name));
    const meant = meaning?.of(value);
    const own = ownName(name, known);
    if (meant !== undefined && Object.keys(meant).every((other) => known.has(other))) {
      if (Object.keys(meant).length === 0) ignored.push(name);
      for (const [other, said] of Object.entries(meant)) put(other, said, name);
    } else if (own !== undefined) put(own, value, name);
    else if (meaning !== undefined && value !== undefined && value !== null) {
      throw new ConfigError(
        "unknown_option",
        `${where}"${name}" is ${showValue(value)}, which dylora does not do; ${meaning.cure ?? "leave it out"}`,
      );
    } else renamed[name] = value;
  }
  return { values: renamed, ignored, ...(file === undefined ? {} : { file }) };
}
