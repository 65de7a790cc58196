import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenFolder } from "@dylora/golden-suite";
import type { NumericArray, TensorData } from "@dylora/io";
import { openSafetensorsFile, writeSafetensorsFile } from "@dylora/io/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputRows } from "../fixtures/output-rows.ts";
import { runCli } from "../fixtures/run-cli.ts";

// A merged folder with the keys of the plain one loads in transformers 5.18 without a missing or an unexpected key.

type Tensors = Map<string, TensorData<NumericArray>>;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-merged-"));
});
afterAll(() => rm(dir, { recursive: true }));

async function tensorsOf(file: string): Promise<Tensors> {
  const opened = await openSafetensorsFile(file);
  const tensors: Tensors = new Map();
  for (const name of opened.tensors.keys()) tensors.set(name, await opened.readTensor(name));
  await opened.close();
  return tensors;
}

interface Variant {
  readonly tensors?: (tensors: Tensors) => void;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A golden base, changed. */
async function baseWith(golden: string, name: string, { tensors, config = {}, metadata }: Variant): Promise<string> {
  const [from, base] = [join(goldenFolder(golden), "base"), join(dir, name)];
  await mkdir(base);
  const all = await tensorsOf(join(from, "model.safetensors"));
  tensors?.(all);
  await writeSafetensorsFile(join(base, "model.safetensors"), all, { format: "pt", ...metadata });
  const json = JSON.parse(await readFile(join(from, "config.json"), "utf8"));
  const kept = Object.entries({ ...json, ...config }).filter(([, value]) => value !== undefined);
  await writeFile(join(base, "config.json"), JSON.stringify(Object.fromEntries(kept)));
  return base;
}

function rename(tensors: Tensors, change: (name: string) => string): void {
  for (const [name, tensor] of [...tensors]) {
    tensors.delete(name);
    tensors.set(change(name), tensor);
  }
}

const inputs = '{"input_ids": [0, 5, 6, 7, 2]}\n{"input_ids": [0, 40, 41, 2]}\n';

const written = (command: "predict" | "generate", ...args: string[]): Promise<Record<string, number[]>[]> =>
  outputRows(command, inputs, ...(command === "generate" ? ["--max-new-tokens", "6"] : []), ...args);

/** Merges a golden adapter into a base; what was said, and what the folder holds. */
async function merge(golden: string, name: string, base: string) {
  const out = join(dir, `${name}-merged`);
  const adapter = join(goldenFolder(golden), "adapter");
  const { code, err } = await runCli(["export", adapter, "--base", base, "--rank", "4", "--merge", "--out", out]);
  expect(err).not.toMatch(/^dylora:/m);
  expect(code).toBe(0);
  const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  return { out, err, config, names: [...(await tensorsOf(join(out, "model.safetensors"))).keys()].sort() };
}

const plain = async (golden: string) => {
  const base = join(goldenFolder(golden), "base");
  return (await merge(golden, `plain-${golden}-${Math.random()}`, base)).names;
};

const ids = (count: number) => ({
  shape: [1, count],
  data: BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
});
const zeros = (...shape: number[]) => {
  return { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
};

describe("RoBERTa", () => {
  const golden = "roberta-tiny";
  const word = "roberta.embeddings.word_embeddings.weight";

  test.each<[string, Variant]>([
    [
      "buffers, a pooler, another head and layers that nobody reads",
      {
        tensors(tensors) {
          tensors.set("roberta.embeddings.position_ids", ids(23));
          tensors.set("roberta.embeddings.token_type_ids", ids(23));
          tensors.set("roberta.embeddings.flag", { shape: [1], data: Uint8Array.of(1) });
          tensors.set("roberta.pooler.dense.weight", zeros(32, 32));
          tensors.set("lm_head.bias", zeros(99));
          tensors.set("roberta.encoder.layer.7.output.dense.bias", zeros(32));
        },
      },
    ],
    [
      "no prefix, and normalisations of the oldest checkpoints",
      {
        tensors: (tensors) =>
          rename(tensors, (name) =>
            name
              .replace(/^roberta\./, "")
              .replace(/LayerNorm\.weight$/, "LayerNorm.gamma")
              .replace(/LayerNorm\.bias$/, "LayerNorm.beta"),
          ),
      },
    ],
    [
      "a table under the name that save_model of safetensors kept",
      {
        tensors: (tensors) => rename(tensors, (name) => (name === word ? "lm_head.decoder.weight" : name)),
        metadata: { [word]: "lm_head.decoder.weight" },
      },
    ],
    ["float64", { tensors: (tensors) => widen(tensors) }],
  ])("%s", async (name, variant) => {
    const base = await baseWith(golden, name, variant);
    const adapter = join(goldenFolder(golden), "adapter");
    const expected = await written("predict", "--adapter", adapter, "--base", join(goldenFolder(golden), "base"));
    const { out, names, config } = await merge(golden, name, base);
    expect(names).toEqual(await plain(golden));
    expect(config).toMatchObject({ architectures: ["RobertaForSequenceClassification"] });
    for (const lines of [
      await written("predict", "--adapter", adapter, "--base", base),
      await written("predict", "--base", out),
    ]) {
      for (const [row, { logits }] of lines.entries()) {
        expect(logits).toEqual(expected[row]?.["logits"]?.map((logit) => expect.closeTo(logit, 5)));
      }
    }
  });

  function widen(tensors: Tensors): void {
    for (const [name, { shape, data }] of tensors)
      tensors.set(name, { shape, data: Float64Array.from(data as Float32Array) });
  }
});

describe("GPT-2", () => {
  const golden = "gpt2-tiny";
  const [table, output] = ["transformer.wte.weight", "lm_head.weight"];
  const general = {
    ...{ n_embd: undefined, n_layer: undefined, n_head: undefined, n_positions: undefined },
    ...{ hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, max_position_embeddings: 48 },
  };

  test.each<[string, Variant]>([
    ["an output layer equal to the table", { tensors: (tensors) => tensors.set(output, tensors.get(table)!) }],
    ["the output layer alone", { tensors: (tensors) => rename(tensors, (name) => (name === table ? output : name)) }],
    [
      "the output layer, and the table's name in the metadata",
      {
        tensors: (tensors) => rename(tensors, (name) => (name === table ? output : name)),
        metadata: { [table]: output },
      },
    ],
    [
      "masks as buffers, and no prefix",
      {
        tensors(tensors) {
          rename(tensors, (name) => name.replace("transformer.", ""));
          tensors.set("h.0.attn.bias", { shape: [1, 1, 2, 2], data: Uint8Array.of(1, 0, 1, 1) });
          tensors.set("h.0.attn.masked_bias", zeros());
        },
      },
    ],
    ["general names in config.json", { config: general }],
  ])("%s", async (name, variant) => {
    const base = await baseWith(golden, name, variant);
    const adapter = join(goldenFolder(golden), "adapter");
    const expected = await written("generate", "--adapter", adapter, "--base", join(goldenFolder(golden), "base"));
    expect(await written("generate", "--adapter", adapter, "--base", base)).toEqual(expected);
    const { out, err, names } = await merge(golden, name, base);
    expect(err).not.toMatch(/differ/);
    expect(names).toEqual(await plain(golden));
    expect(await written("generate", "--base", out)).toEqual(expected);
  });

  test("an output layer that the file holds against its configuration stays, and the result says so", async () => {
    const base = await baseWith(golden, "against", {
      tensors(tensors) {
        const { shape, data } = tensors.get(table)!;
        tensors.set(output, { shape, data: Float32Array.from(data as Float32Array).reverse() });
      },
    });
    const adapter = join(goldenFolder(golden), "adapter");
    const expected = await written("generate", "--adapter", adapter, "--base", base);
    expect(expected).not.toEqual(
      await written("generate", "--adapter", adapter, "--base", join(goldenFolder(golden), "base")),
    );
    const { out, err, names, config } = await merge(golden, "against", base);
    expect(err).toMatch(/lm_head.weight and transformer.wte.weight differ though config.json ties them/);
    expect(names).toEqual([...(await plain(golden)), output].sort());
    expect(config).toMatchObject({ tie_word_embeddings: false });
    expect(await written("generate", "--base", out)).toEqual(expected);
  });
});
