import { describe, expect, test } from "vitest";
import { bytesFromArray } from "../byte-source.ts";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { openSafetensors } from "../safetensors/open.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, type PeftAdapter } from "./adapter.ts";
import { PEFT_LORA_DEFAULTS } from "./config.ts";
import { decodePeftAdapter } from "./decode.ts";
import { encodePeftAdapter } from "./encode.ts";
import { alphaFor } from "./patterns.ts";

const filled = (...shape: [number, number]) => ({
  shape,
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i + shape[0])),
});
const pair = (rank: number) => ({ A: filled(rank, 4), B: filled(6, rank) });

const adapter: PeftAdapter = {
  config: {
    ...PEFT_LORA_DEFAULTS,
    base_model_name_or_path: "FacebookAI/roberta-base",
    task_type: "SEQ_CLS",
    r: 2,
    lora_alpha: 16,
    rank_pattern: { value: 3 },
    target_modules: ["query", "value"],
    modules_to_save: ["classifier"],
  },
  tensors: new Map([
    ["roberta.encoder.layer.0.attention.self.query", pair(2)],
    ["roberta.encoder.layer.0.attention.self.value", pair(3)],
  ]),
  modulesToSave: new Map([["classifier.dense.weight", filled(2, 2)]]),
};
const json = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
const encodeJson = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("writing", () => {
  const files = encodePeftAdapter(adapter);

  test("an adapter is read back as it was", async () => {
    const { config, tensors, modulesToSave, warnings } = await decodePeftAdapter(files);
    expect({ tensors, modulesToSave }).toEqual({ tensors: adapter.tensors, modulesToSave: adapter.modulesToSave });
    expect(config).toEqual({ ...adapter.config, inference_mode: true, peft_version: "0.21.0" });
    expect(warnings).toEqual([]);
  });

  test("keys and metadata are PEFT's", async () => {
    const file = await openSafetensors(bytesFromArray(files.get(ADAPTER_WEIGHTS)!));
    expect(file.metadata).toEqual({ format: "pt" });
    const base = "base_model.model.roberta.encoder.layer.0.attention.self";
    expect([...file.tensors.keys()]).toEqual([
      "base_model.model.classifier.dense.weight",
      `${base}.query.lora_A.weight`,
      `${base}.query.lora_B.weight`,
      `${base}.value.lora_A.weight`,
      `${base}.value.lora_B.weight`,
    ]);
  });

  test("the configuration holds every field, sorted, indented by two", () => {
    const text = new TextDecoder().decode(files.get(ADAPTER_CONFIG));
    const fields = [...text.matchAll(/^ {2}"(\w+)":/gm)].map(([, field]) => field);
    expect(fields).toEqual(Object.keys(PEFT_LORA_DEFAULTS).sort());
    expect(json(files.get(ADAPTER_CONFIG))).toMatchObject({ r: 2, lora_alpha: 16, inference_mode: true });
  });

  test("fields that are not given are PEFT's defaults", () => {
    const {
      peft_type: _type,
      bias: _bias,
      megatron_core: _core,
      ...some
    } = adapter.config as typeof PEFT_LORA_DEFAULTS;
    expect(encodePeftAdapter({ ...adapter, config: some }).get(ADAPTER_CONFIG)).toEqual(files.get(ADAPTER_CONFIG));
  });

  test("patterns keep their order, because the first match counts", async () => {
    const alpha_pattern = { value: 4, "layer.0.attention.self.value": 32 };
    const { config } = await decodePeftAdapter(
      encodePeftAdapter({ ...adapter, config: { ...adapter.config, alpha_pattern } }),
    );
    expect(Object.keys(config.alpha_pattern)).toEqual(Object.keys(alpha_pattern));
    expect(alphaFor(config, "roberta.encoder.layer.0.attention.self.value")).toBe(4);
  });

  test("the card names base model and rank; a path is no hub name", () => {
    const card = (base: string | null) => {
      const config = { ...adapter.config, base_model_name_or_path: base };
      return new TextDecoder().decode(encodePeftAdapter({ ...adapter, config }).get("README.md"));
    };
    expect(card("FacebookAI/roberta-base")).toMatch(/^---\nlibrary_name: peft\nbase_model: FacebookAI\/roberta-base\n/);
    expect(card("FacebookAI/roberta-base")).toContain("LoRA adapter of rank 2");
    for (const base of ["/data/models/x", "a: b\nc: d", null]) expect(card(base)).not.toMatch(/^base_model:/m);
  });

  test("the same adapter gives the same bytes", () => {
    const reversed = { ...adapter, tensors: new Map([...adapter.tensors].reverse()) };
    expect(encodePeftAdapter(reversed)).toEqual(files);
  });

  test("ranks that differ from the configuration, bad pairs and empty adapters are refused", () => {
    const withPair = (A: [number, number], B: [number, number]) => () =>
      encodePeftAdapter({ ...adapter, tensors: new Map([["query", { A: filled(...A), B: filled(...B) }]]) });
    expect(withPair([4, 4], [6, 4])).toThrow(expect.objectContaining({ code: "peft_rank_mismatch" }));
    expect(withPair([2, 4], [6, 3])).toThrow(expect.objectContaining({ code: "peft_pair_shape" }));
    expect(() => encodePeftAdapter({ ...adapter, tensors: new Map() })).toThrow(/without a single/);
    const config = { ...adapter.config, r: 0 };
    expect(() => encodePeftAdapter({ ...adapter, config })).toThrow(/field "r"/);
  });
});

describe("reading", () => {
  const scalar = { shape: [2, 2], data: new Float32Array(4) };
  const decode = (names: string[], config: object = {}) => {
    const weights = encodeSafetensors(new Map(names.map((name) => [`base_model.model.${name}`, scalar])));
    const full = { peft_type: "LORA", r: 2, ...config };
    return decodePeftAdapter(
      new Map([
        [ADAPTER_CONFIG, encodeJson(full)],
        [ADAPTER_WEIGHTS, weights],
      ]),
    );
  };
  const query = ["query.lora_A.weight", "query.lora_B.weight"];

  test.each([
    ["half a pair", ["query.lora_A.weight"], "peft_pair_incomplete", /"query" has no lora_B.weight/],
    ["an embedding", [...query, "wte.lora_embedding_A"], "peft_key_unknown", /lora_embedding_A/],
    ["DoRA", [...query, "query.lora_magnitude_vector"], "peft_key_unknown", /lora_magnitude_vector/],
    ["a bias on B", [...query, "query.lora_B.bias"], "peft_key_unknown", /lora_B.bias/],
    ["another adapter's name", [...query, "key.lora_A.other.weight"], "peft_key_unknown", /not called "default"/],
    ["a pair given twice", [...query, "query.lora_A.default.weight"], "peft_key_unknown", /twice/],
    ["a state_dict", [...query, "classifier.modules_to_save.default.bias"], "peft_key_unknown", /save_pretrained/],
    ["a base layer", [...query, "wte.base_layer.weight"], "peft_key_unknown", /base model/],
  ])("%s is refused", async (_, names, code, message) => {
    const error = await decode(names).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code });
    expect(error.message).toMatch(message);
  });

  test("a name without PEFT's prefix is refused", async () => {
    const files = new Map([
      [ADAPTER_CONFIG, encodeJson({ peft_type: "LORA" })],
      [ADAPTER_WEIGHTS, encodeSafetensors(new Map([["query.lora_A.weight", scalar]]))],
    ]);
    await expect(decodePeftAdapter(files)).rejects.toMatchObject({ code: "peft_key_unknown" });
  });

  test("keys with the name of the adapter in them are PEFT's own names for the same", async () => {
    const { tensors } = await decode(["query.lora_A.default.weight", "query.lora_B.default.weight"]);
    expect([...tensors.keys()]).toEqual(["query"]);
  });

  test.each([
    ["a pair", "query.lora_A.weight"],
    ["a head", "classifier.dense.weight"],
  ])("%s that ZeRO-3 left empty is named, with the cure", async (_, name) => {
    const empty = { shape: [0], data: new Float32Array() };
    const weights = encodeSafetensors(new Map([[`base_model.model.${name}`, empty]]));
    const files = new Map([
      [ADAPTER_CONFIG, encodeJson({ peft_type: "LORA", modules_to_save: ["classifier"] })],
      [ADAPTER_WEIGHTS, weights],
    ]);
    const error = await decodePeftAdapter(files).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "peft_tensor_empty" });
    expect(error.message).toMatch(new RegExp(`adapter_model.safetensors: .*${name}.* empty.*ZeRO-3.*gathered`));
  });

  test("a note is written and read back; one that is no note is a warning", async () => {
    const note = { kind: "classification", task: "mood", labels: ["down", "up"], maxLength: 64, extra: [1] } as const;
    const files = encodePeftAdapter({ ...adapter, note });
    expect(json(files.get("dylora.json"))).toMatchObject({ format: "dylora-export", version: 1, ...note });
    expect((await decodePeftAdapter(files)).note).toEqual(note);
    for (const bad of ['{"format":"dylora-export","version":1,"kind":"x"}', "{", '{"labels":3}']) {
      const { note: none, warnings } = await decodePeftAdapter(
        new Map([...files, ["dylora.json", new TextEncoder().encode(bad)]]),
      );
      expect(none).toBeUndefined();
      expect(warnings).toEqual([expect.stringMatching(/^dylora.json.* class names/)]);
    }
  });

  test("the inside of a module that is saved too, as PEFT writes it after a resize, is passed over", async () => {
    const names = ["lm_head.weight", "lm_head.modules_to_save.weight", "lm_head.original_module.weight"];
    const { modulesToSave } = await decode([...query, ...names], { modules_to_save: ["lm_head"] });
    expect([...modulesToSave.keys()]).toEqual(["lm_head.weight"]);
  });

  test("tables that PEFT saves unannounced are no surprise", async () => {
    const tables = ["transformer.wte.weight", "lm_head.weight"];
    const { modulesToSave, warnings } = await decode([...query, ...tables]);
    expect([...modulesToSave.keys()].sort()).toEqual([...tables].sort());
    expect(warnings).toEqual([]);
  });

  test("a rank other than the configuration's is refused", async () => {
    await expect(decode(query, { r: 4 })).rejects.toMatchObject({ name: "ShapeError", code: "peft_rank_mismatch" });
    await expect(decode(query, { rank_pattern: { query: 3 } })).rejects.toThrow(/gives it rank 3/);
  });

  test("a whole parameter that is not announced is kept with a warning", async () => {
    const { modulesToSave, warnings } = await decode([...query, "score.weight", "xscore.weight"], {
      modules_to_save: ["score"],
    });
    expect([...modulesToSave.keys()]).toEqual(["score.weight", "xscore.weight"]);
    expect(warnings).toEqual([expect.stringContaining('"xscore.weight"')]);
  });

  test("missing files and pickles are refused with the way out", async () => {
    const config = encodeJson({ peft_type: "LORA" });
    await expect(decodePeftAdapter(new Map())).rejects.toThrow(/no adapter_config.json/);
    await expect(decodePeftAdapter(new Map([[ADAPTER_CONFIG, config]]))).rejects.toThrow(
      /no adapter_model.safetensors/,
    );
    const pickled = new Map([
      [ADAPTER_CONFIG, config],
      ["adapter_model.bin", new Uint8Array(3)],
    ]);
    await expect(decodePeftAdapter(pickled)).rejects.toMatchObject({ code: "pickle_refused" });
    const broken = new Map([[ADAPTER_CONFIG, new TextEncoder().encode("{")]]);
    await expect(decodePeftAdapter(broken)).rejects.toMatchObject({ code: "bad_json" });
    await expect(decodePeftAdapter(new Map([[ADAPTER_CONFIG, encodeJson([1])]]))).rejects.toThrow(/JSON object/);
  });
});
