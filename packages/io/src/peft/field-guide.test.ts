import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PEFT_LORA_DEFAULTS, parsePeftConfig } from "./config.ts";
import fields from "./fixtures/lora-config-fields.json" with { type: "json" };

const page = readFileSync(new URL("../../../../docs/peft.md", import.meta.url), "utf8");
const section = page.slice(page.indexOf("## Every field of LoraConfig"));
const rows = [...section.matchAll(/^\| `(\w+)` \| (.+?) \| (\w+) \|/gm)].map(([, field = "", given, status]) => ({
  field,
  given,
  status,
}));

/** A value other than the default, as PEFT would write it. */
const otherValues: Readonly<Record<string, unknown>> = {
  alora_invocation_tokens: [5],
  alpha_pattern: { query: 4 },
  arrow_config: { top_k: 3 },
  auto_mapping: { base_model_class: "RobertaModel" },
  base_model_name_or_path: "FacebookAI/roberta-base",
  bias: "all",
  corda_config: { corda_method: "ipm" },
  ensure_weight_tying: true,
  eva_config: { rho: 2 },
  exclude_modules: ["key"],
  fan_in_fan_out: true,
  inference_mode: true,
  init_lora_weights: "pissa",
  kasa_config: { beta: 0.1 },
  layer_replication: [[0, 4]],
  layers_pattern: "layer",
  layers_to_transform: [0, 1],
  loftq_config: { loftq_bits: 4 },
  lora_alpha: 16,
  lora_bias: true,
  lora_dropout: 0.1,
  lora_ga_config: { direction: "ArB2r" },
  megatron_config: { hidden_size: 8 },
  megatron_core: "core",
  modules_to_save: ["classifier"],
  monteclora_config: { num_samples: 4 },
  peft_type: "IA3",
  peft_version: "0.20.0",
  qalora_group_size: 32,
  r: 4,
  rank_pattern: { query: 2 },
  revision: "v2",
  runtime_config: { ephemeral_gpu_offload: true },
  target_modules: ["query"],
  target_parameters: ["experts.weight"],
  task_type: "SEQ_CLS",
  trainable_token_indices: [1],
  use_bdlora: { nblocks: 2 },
  use_dora: true,
  use_qalora: true,
  use_rslora: true,
  velora_config: { num_groups: 32 },
};

test("the guide has a row for every field of PEFT's LoraConfig, each once, and no other", () => {
  const known = [...Object.keys(fields.saved), ...fields.not_saved].sort();
  expect(rows.map(({ field }) => field).sort()).toEqual(known);
  expect(Object.keys(otherValues).sort()).toEqual(known);
});

test("our defaults are PEFT's", () => {
  expect(PEFT_LORA_DEFAULTS).toEqual({ ...fields.saved, peft_version: null });
});

test.each(rows.filter(({ field }) => field in fields.saved))("$field: the default in the guide", ({ field, given }) => {
  expect(JSON.parse(given ?? "")).toEqual(PEFT_LORA_DEFAULTS[field]);
});

describe("reading is as the guide says", () => {
  test.each(rows)("$field is $status", ({ field, status }) => {
    const value = otherValues[field];
    const parse = () => parsePeftConfig({ peft_type: "LORA", [field]: value });
    if (status === "refused" || field === "peft_type") {
      const details = expect.objectContaining({ field });
      expect(parse).toThrow(expect.objectContaining({ code: "peft_unsupported", details }));
      return;
    }
    expect(["used", "kept"]).toContain(status);
    expect(parse().config[field]).toEqual(value);
  });
});
