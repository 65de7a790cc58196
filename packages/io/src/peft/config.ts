import { FormatError, showValue } from "@dylora/errors";
import * as z from "zod/mini";
import english from "zod/v4/locales/en.js";
import type { JsonObject } from "../json.ts";
import { refuseUnsupported } from "./unsupported.ts";

/**
 * The fields of `adapter_config.json` of a LoRA adapter that have a meaning here, under PEFT's own names.
 *
 * @see https://huggingface.co/docs/peft/package_reference/lora (`LoraConfig`)
 */
export interface PeftLoraFields {
  /** Always `LORA`. */
  readonly peft_type: "LORA";
  /** Kind of task, for instance `SEQ_CLS` or `CAUSAL_LM`. Default `null`. */
  readonly task_type: string | null;
  /** Hub name or path of the base model. Default `null`. */
  readonly base_model_name_or_path: string | null;
  /** Revision of the base model. Default `null`. */
  readonly revision: string | null;
  /** PEFT version that wrote the file. Default `null`. */
  readonly peft_version: string | null;
  /** True in saved adapters: loading leaves them frozen. Default `false`. */
  readonly inference_mode: boolean;
  /** Rank of every pair that no `rank_pattern` names. Default 8. */
  readonly r: number;
  /** Alpha of every pair that no `alpha_pattern` names. Default 8. */
  readonly lora_alpha: number;
  /** Dropout on the input of A, from 0 to 1. Default 0. */
  readonly lora_dropout: number;
  /** Names (suffixes) of the adapted modules, or a regular expression, or `all-linear`. Default `null`. */
  readonly target_modules: readonly string[] | string | null;
  /** Names or expression of modules left out. Default `null`. */
  readonly exclude_modules: readonly string[] | string | null;
  /** Numbers of the layers that are adapted, beside a list of names. Default `null`: all. */
  readonly layers_to_transform: readonly number[] | number | null;
  /** Names before the number of a layer. Default `null`: any. */
  readonly layers_pattern: readonly string[] | string | null;
  /** True where the base stores weights as [in, out] (GPT-2's Conv1D). A and B are never transposed. Default `false`. */
  readonly fan_in_fan_out: boolean;
  /** Which biases were trained. Only `none` is supported. Default `none`. */
  readonly bias: "none" | "all" | "lora_only";
  /** Scale by alpha/√r in place of alpha/r (arXiv 2312.03732). Default `false`. */
  readonly use_rslora: boolean;
  /** Modules that were trained in full and are saved whole. Default `null`. */
  readonly modules_to_save: readonly string[] | null;
  /** Ranks by module pattern; see {@link rankFor}. Default empty. */
  readonly rank_pattern: Readonly<Record<string, number>>;
  /** Alphas by module pattern; see {@link alphaFor}. Default empty. */
  readonly alpha_pattern: Readonly<Record<string, number>>;
}

/**
 * The content of `adapter_config.json` of a LoRA adapter. The members of {@link PeftLoraFields} are checked and completed
 * with PEFT's defaults; every other member of the file is kept as it is.
 */
export interface PeftLoraConfig extends PeftLoraFields {
  /** Fields that are kept without a meaning here. */
  readonly [field: string]: unknown;
}

/** Every field that PEFT 0.21 writes for LoRA, with its default. */
export const PEFT_LORA_DEFAULTS: PeftLoraConfig = {
  alora_invocation_tokens: null,
  alpha_pattern: {},
  arrow_config: null,
  auto_mapping: null,
  base_model_name_or_path: null,
  bias: "none",
  corda_config: null,
  ensure_weight_tying: false,
  eva_config: null,
  exclude_modules: null,
  fan_in_fan_out: false,
  inference_mode: false,
  init_lora_weights: true,
  kasa_config: null,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_alpha: 8,
  lora_bias: false,
  lora_dropout: 0,
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: "megatron.core",
  modules_to_save: null,
  monteclora_config: null,
  peft_type: "LORA",
  peft_version: null,
  qalora_group_size: 16,
  r: 8,
  rank_pattern: {},
  revision: null,
  target_modules: null,
  target_parameters: null,
  task_type: null,
  trainable_token_indices: null,
  use_bdlora: null,
  use_dora: false,
  use_qalora: false,
  use_rslora: false,
  velora_config: null,
};

const names = z.array(z.string());
const whole = z.int().check(z.minimum(1));
const above0 = z.number().check(z.positive());
const index = z.int().check(z.minimum(0));
const nameOrNames = z.union([names, z.string()]);
const absent = <Value extends z.ZodMiniType>(value: Value) => z.optional(z.nullable(value));

// zod's small form: the whole one, with its messages in every language, would be most of this package in a browser.
const schema = z.looseObject({
  task_type: absent(z.string()),
  base_model_name_or_path: absent(z.string()),
  revision: absent(z.string()),
  peft_version: absent(z.string()),
  inference_mode: absent(z.boolean()),
  r: absent(whole),
  lora_alpha: absent(above0),
  lora_dropout: absent(z.number().check(z.minimum(0), z.maximum(1))),
  target_modules: absent(nameOrNames),
  exclude_modules: absent(nameOrNames),
  layers_to_transform: absent(z.union([z.array(index), index])),
  layers_pattern: absent(nameOrNames),
  fan_in_fan_out: absent(z.boolean()),
  bias: absent(z.enum(["none", "all", "lora_only"])),
  use_rslora: absent(z.boolean()),
  modules_to_save: absent(names),
  rank_pattern: absent(z.record(z.string(), whole)),
  alpha_pattern: absent(z.record(z.string(), above0)),
});

/** Fields whose default changes what the adapter computes: where it stands in for a null, that is said. */
const TELLING = ["r", "lora_alpha"];

/** A checked configuration, with what was odd about the file. */
export interface ParsedPeftConfig {
  /** The configuration, completed with PEFT's defaults. */
  readonly config: PeftLoraConfig;
  /** One line for every field that PEFT 0.21 does not know. */
  readonly warnings: readonly string[];
}

/** PEFT takes layer numbers only beside a list of names. */
function checkLayers({ layers_to_transform: layers, target_modules: targets }: PeftLoraConfig, file: string): void {
  if (typeof targets !== "string" || layers === null) return;
  const field = "layers_to_transform";
  const problem = "it needs target_modules to be a list; write the layers into the expression";
  throw new FormatError("peft_config_invalid", `${file}: field "${field}": ${problem}`, { details: { file, field } });
}

/**
 * Checks the content of an `adapter_config.json` and fills in PEFT's defaults, also for null.
 *
 * @param value the parsed JSON
 * @param file what messages call the file
 * @throws `FormatError` `peft_unsupported` naming a field that asks for more than plain LoRA,
 * `peft_config_invalid` naming a field with a value PEFT does not allow.
 *
 * @example
 * ```ts
 * import { parsePeftConfig } from "@dylora/io";
 *
 * const { config } = parsePeftConfig({ peft_type: "LORA", r: 4, target_modules: ["query", "value"] });
 * console.log(config.r, config.lora_alpha);
 * ```
 */
export function parsePeftConfig(value: JsonObject, file = "adapter_config.json"): ParsedPeftConfig {
  refuseUnsupported(value, file);
  const parsed = schema.safeParse(value, { error: english().localeError });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = issue.path.join(".");
    throw new FormatError("peft_config_invalid", `${file}: field "${field}": ${issue.message}`, {
      details: { file, field },
    });
  }
  const known = (field: string) => Object.hasOwn(PEFT_LORA_DEFAULTS, field);
  const entries = Object.entries(parsed.data).filter(([, member]) => member !== undefined);
  // Files written by hand and by other tools have null where PEFT has its default.
  const given = entries.filter(([field, member]) => member !== null || !known(field));
  const config = { ...PEFT_LORA_DEFAULTS, ...Object.fromEntries(given) } as PeftLoraConfig;
  checkLayers(config, file);
  const unknown = given.map(([field]) => field).filter((field) => !known(field) && field !== "runtime_config");
  const assumed = TELLING.filter((field) => parsed.data[field] === null);
  return {
    config,
    warnings: [
      ...unknown.map((field) => `${file}: field ${showValue(field)} is not known to PEFT 0.21 and is only kept`),
      ...assumed.map((field) => `${file}: field "${field}" is null; PEFT's default is taken, ${config[field]}`),
    ],
  };
}
