import { describe, expect, test } from "vitest";
import { PEFT_LORA_DEFAULTS, parsePeftConfig } from "./config.ts";
import fields from "./fixtures/lora-config-fields.json" with { type: "json" };

test("the least that PEFT loads is completed with its defaults", () => {
  const { config, warnings } = parsePeftConfig({ peft_type: "LORA", target_modules: ["query"] });
  expect(config).toEqual({ ...PEFT_LORA_DEFAULTS, target_modules: ["query"] });
  expect(warnings).toEqual([]);
});

test.each(Object.keys(fields.saved).filter((field) => field !== "peft_type"))("%s null is the default", (field) => {
  const { config, warnings } = parsePeftConfig({ peft_type: "LORA", [field]: null });
  expect(config).toEqual(PEFT_LORA_DEFAULTS);
  expect(warnings).toHaveLength(["r", "lora_alpha"].includes(field) ? 1 : 0);
});

test("layers_to_transform needs names, as in PEFT", () => {
  const parse = (target_modules: unknown) => () =>
    parsePeftConfig({ peft_type: "LORA", target_modules, layers_to_transform: [0] });
  expect(parse(["query"])).not.toThrow();
  expect(parse(".*query")).toThrow(/layers_to_transform/);
});

test("null patterns count as empty, unknown fields are kept with a warning", () => {
  const { config, warnings } = parsePeftConfig({
    peft_type: "LORA",
    rank_pattern: null,
    alpha_pattern: null,
    novelty: 3,
  });
  expect(config).toMatchObject({ rank_pattern: {}, alpha_pattern: {}, novelty: 3 });
  expect(warnings).toEqual([expect.stringContaining('"novelty"')]);
});

describe("wrong values are refused with the field", () => {
  test.each([
    ["r", 0],
    ["r", 2.5],
    ["r", "8"],
    ["lora_alpha", -1],
    ["layers_to_transform", [1.5]],
    ["layers_pattern", 3],
    ["lora_dropout", 1.5],
    ["target_modules", 3],
    ["target_modules", [3]],
    ["fan_in_fan_out", "yes"],
    ["modules_to_save", "classifier"],
    ["rank_pattern", { query: 0 }],
    ["alpha_pattern", { query: "8" }],
    ["base_model_name_or_path", 7],
  ])("%s = %j", (field, value) => {
    const parse = () => parsePeftConfig({ peft_type: "LORA", [field]: value }, "x/adapter_config.json");
    expect(parse).toThrow(expect.objectContaining({ name: "FormatError", code: "peft_config_invalid" }));
    expect(parse).toThrow(new RegExp(`x/adapter_config.json: field "${field}`));
  });
});

describe("what is more than plain LoRA is refused with the field", () => {
  test.each([
    ["peft_type", "IA3"],
    ["peft_type", undefined],
    ["use_dora", true],
    ["lora_bias", true],
    ["bias", "all"],
    ["bias", "lora_only"],
    ["use_qalora", true],
    ["use_bdlora", { nblocks: 2 }],
    ["layer_replication", [[0, 4]]],
    ["target_parameters", ["experts.weight"]],
    ["trainable_token_indices", [1]],
    ["trainable_token_indices", { embed_tokens: [1] }],
    ["alora_invocation_tokens", [5]],
    ["arrow_config", { top_k: 3 }],
    ["init_lora_weights", "pissa_niter_4"],
    ["init_lora_weights", "olora"],
    ["init_lora_weights", "loftq"],
  ])("%s = %j", (field, value) => {
    const parse = () => parsePeftConfig({ peft_type: "LORA", [field]: value });
    expect(parse).toThrow(
      expect.objectContaining({ code: "peft_unsupported", details: expect.objectContaining({ field }) }),
    );
  });

  test.each([
    ["target_parameters", []],
    ["trainable_token_indices", {}],
    ["init_lora_weights", "gaussian"],
    ["init_lora_weights", false],
    ["layer_replication", null],
  ])("%s = %j is fine", (field, value) => {
    expect(parsePeftConfig({ peft_type: "LORA", [field]: value }).config[field]).toEqual(value);
  });
});
