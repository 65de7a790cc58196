import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenFolder } from "@dylora/golden-suite";
import { encodeSafetensors, type TensorData } from "@dylora/io";
import { openModelFolder, readPeftAdapter, writeModelFolder, writePeftAdapter } from "@dylora/io/node";
import { seededValues } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample } from "../fixtures/tiny-sample.ts";

const golden = { roberta: goldenFolder("roberta-tiny"), gpt2: goldenFolder("gpt2-tiny") };
const base = { roberta: join(golden.roberta, "base"), gpt2: join(golden.gpt2, "base") };
const WORDS = "roberta.embeddings.word_embeddings.weight";
const WTE = "transformer.wte.weight";
let root = "";
let made = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dylora-hub-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Tensors = Map<string, TensorData>;
type Change = (tensors: Tensors, config: Record<string, unknown>) => void;

const random = (name: string, ...shape: number[]): TensorData => ({
  shape,
  data: seededValues(
    shape.reduce((product, size) => product * size, 1),
    name,
    0.3,
  ),
});

/** The tensors of PEFT's adapter for a golden model, by their keys, changed; written as a folder. */
async function adapterFolder(model: keyof typeof base, change: Change = () => undefined): Promise<string> {
  const peft = await readPeftAdapter(join(golden[model], "adapter"));
  const tensors: Tensors = new Map();
  for (const [path, { A, B }] of peft.tensors) {
    tensors.set(`${path}.lora_A.weight`, A);
    tensors.set(`${path}.lora_B.weight`, B);
  }
  for (const [name, tensor] of peft.modulesToSave) tensors.set(name, tensor);
  const config: Record<string, unknown> = { ...peft.config };
  change(tensors, config);
  const dir = join(root, `adapter-${made++}`);
  await mkdir(dir);
  await writeFile(join(dir, "adapter_config.json"), JSON.stringify(config));
  const keyed = new Map([...tensors].map(([name, tensor]) => [`base_model.model.${name}`, tensor]));
  await writeFile(join(dir, "adapter_model.safetensors"), encodeSafetensors(keyed));
  return dir;
}

/** A base model with some tensors in place of its own, or without some. */
async function baseFolder(
  model: keyof typeof base,
  over: Tensors,
  changes: object = {},
  without?: RegExp,
): Promise<string> {
  const { config, weights } = await openModelFolder(base[model]);
  const tensors = new Map<string, TensorData>();
  for (const name of weights.names()) {
    if (without?.test(name)) continue;
    const shape = weights.shape(name);
    tensors.set(name, over.get(name) ?? { shape, data: await weights.read(name, shape) });
  }
  for (const [name, tensor] of over) tensors.set(name, tensor);
  await weights.close();
  const dir = join(root, `base-${made++}`);
  const lazy = new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, load: () => data }]));
  await writeModelFolder(dir, { config: { ...config, ...changes }, tensors: lazy });
  return dir;
}

async function tensorOf(model: keyof typeof base, name: string): Promise<TensorData> {
  const { weights } = await openModelFolder(base[model]);
  try {
    return { shape: weights.shape(name), data: await weights.read(name, weights.shape(name)) };
  } finally {
    await weights.close();
  }
}

const commands = { roberta: ["predict"], gpt2: ["generate", "--max-new-tokens", "6"] };

async function run(model: keyof typeof base, adapter: string, on: string = base[model], more: string[] = []) {
  const input = join(root, "in.jsonl");
  await writeFile(input, ["[5,6,7]", "[44,17,61,3]"].map((ids) => `{"input_ids": ${ids}}\n`).join(""));
  const output = join(root, `out-${made++}.jsonl`);
  const files = ["--base", on, "--adapter", adapter, "--input", input, "--output", output];
  const done = await runCli([...commands[model], ...files, ...more]);
  const text = await readFile(output, "utf8").catch(() => "");
  const rows =
    text === ""
      ? []
      : text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
  return { ...done, rows };
}

const numbers = (rows: { logits?: number[]; tokens?: number[] }[]) => rows.map((row) => row.logits ?? row.tokens);

async function expectSame(model: keyof typeof base, a: { rows: object[]; code: number }, b: typeof a): Promise<void> {
  expect([a.code, b.code]).toEqual([0, 0]);
  const [left, right] = [numbers(a.rows), numbers(b.rows)];
  if (model === "gpt2") return expect(left).toEqual(right);
  expect(left.flat()).toHaveLength(right.flat().length);
  for (const [at, value] of left.flat().entries()) expect(value).toBeCloseTo(right.flat()[at] as number, 4);
}

describe("as PEFT reads it", () => {
  test("anchored patterns of an adapter on a bare encoder", async () => {
    const pattern = (prefix: string) => ({ [`^${prefix}encoder\\.layer\\.0\\.attention\\.self\\.query`]: 32 });
    const [whole, bare] = await Promise.all(
      ["roberta\\.", ""].map((prefix) =>
        adapterFolder("roberta", (tensors, config) => {
          config["alpha_pattern"] = pattern(prefix);
          if (prefix !== "") return;
          for (const [name, tensor] of [...tensors]) {
            tensors.delete(name);
            tensors.set(name.replace(/^roberta\./, ""), tensor);
          }
        }),
      ),
    );
    const plain = await run("roberta", await adapterFolder("roberta"));
    const expected = await run("roberta", whole as string);
    await expectSame("roberta", await run("roberta", bare as string), expected);
    expect(numbers(plain.rows)).not.toEqual(numbers(expected.rows));
  });

  test("keys with the adapter's name, and null fields", async () => {
    const dir = await adapterFolder("roberta", (tensors, config) => {
      for (const [name, tensor] of [...tensors]) {
        if (!name.includes(".lora_")) continue;
        tensors.delete(name);
        tensors.set(name.replace(/\.weight$/, ".default.weight"), tensor);
      }
      for (const field of ["fan_in_fan_out", "use_rslora", "inference_mode", "lora_dropout", "bias"])
        config[field] = null;
    });
    await expectSame("roberta", await run("roberta", dir), await run("roberta", await adapterFolder("roberta")));
  });

  test("a pair on the pooler computes nothing", async () => {
    const dir = await adapterFolder("roberta", (tensors, config) => {
      tensors.set("roberta.pooler.dense.lora_A.weight", random("A", config["r"] as number, 32));
      tensors.set("roberta.pooler.dense.lora_B.weight", random("B", 32, config["r"] as number));
      config["target_modules"] = [...(config["target_modules"] as string[]), "pooler.dense"];
    });
    const found = await run("roberta", dir);
    expect(found.err).toMatch(/pooler\.dense left out/);
    await expectSame("roberta", found, await run("roberta", await adapterFolder("roberta")));
  });

  test("pairs on the head are part of it", async () => {
    const [A, B] = [random("A", 4, 32), random("B", 3, 4)];
    const weight = await tensorOf("roberta", "classifier.out_proj.weight");
    const sum = weight.data.map((value, at) => {
      const [o, i] = [Math.floor(at / 32), at % 32];
      return [0, 1, 2, 3].reduce((total, k) => total + 2 * B.data[o * 4 + k]! * A.data[k * 32 + i]!, value);
    });
    const headless: Change = (tensors, config) => {
      for (const name of [...tensors.keys()]) if (name.startsWith("classifier.")) tensors.delete(name);
      config["modules_to_save"] = null;
    };
    const paired = await adapterFolder("roberta", (tensors, config) => {
      headless(tensors, config);
      tensors.set("classifier.out_proj.lora_A.weight", A);
      tensors.set("classifier.out_proj.lora_B.weight", B);
      config["target_modules"] = [...(config["target_modules"] as string[]), "out_proj"];
    });
    const changed = await baseFolder("roberta", new Map([["classifier.out_proj.weight", { ...weight, data: sum }]]));
    const expected = await run("roberta", await adapterFolder("roberta", headless), changed);
    await expectSame("roberta", await run("roberta", paired), expected);
    const lacking = await baseFolder("roberta", new Map(), {}, /^classifier\./);
    const refused = await run("roberta", paired, lacking);
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/classification head/)]);
  });
});

describe("token tables that an adapter saves", () => {
  test("equal to the base's: nothing changes, and that is said", async () => {
    for (const [model, names] of [
      ["roberta", [WORDS]],
      ["gpt2", [WTE, "lm_head.weight"]],
    ] as const) {
      const table = await tensorOf(model, names[0]);
      const dir = await adapterFolder(model, (tensors) => {
        for (const name of names) tensors.set(name, table);
      });
      const found = await run(model, dir);
      expect(found.err).toMatch(/equals? the base model's/);
      await expectSame(model, found, await run(model, await adapterFolder(model)));
    }
  });

  test("of another size take the place of the base's, also in what is exported", async () => {
    for (const model of ["roberta", "gpt2"] as const) {
      const name = model === "roberta" ? WORDS : WTE;
      const [rows, width] = (await tensorOf(model, name)).shape as [number, number];
      const table = random(name, rows + 3, width);
      const dir = await adapterFolder(model, (tensors) => {
        tensors.set(name, table);
        if (model === "gpt2") tensors.set("lm_head.weight", table);
      });
      const grown = await baseFolder(model, new Map([[name, table]]), { vocab_size: rows + 3 });
      const expected = await run(model, await adapterFolder(model), grown);
      const found = await run(model, dir);
      expect(found.err).toContain(`${rows + 3} tokens in place of ${rows}`);
      await expectSame(model, found, expected);
      const [peft, merged] = [join(root, `peft-${made++}`), join(root, `merged-${made++}`)];
      const exported = ["export", dir, "--base", base[model], "--rank", "4", "--out"];
      expect((await runCli([...exported, peft])).code).toBe(0);
      expect((await runCli([...exported, merged, "--merge"])).code).toBe(0);
      await expectSame(model, await run(model, peft), expected);
      const { config, weights } = await openModelFolder(merged);
      expect(config["vocab_size"]).toBe(rows + 3);
      expect([...(await weights.read(name, table.shape))]).toEqual([...table.data]);
      await weights.close();
    }
  });

  test("an output layer that is announced alone leaves the token table as it is", async () => {
    const table = await tensorOf("gpt2", WTE);
    const output = random("head", ...table.shape);
    const dir = await adapterFolder("gpt2", (tensors, config) => {
      tensors.set("lm_head.weight", output);
      config["modules_to_save"] = ["lm_head"];
    });
    const untied = await baseFolder("gpt2", new Map([["lm_head.weight", output]]), { tie_word_embeddings: false });
    const found = await run("gpt2", dir);
    await expectSame("gpt2", found, await run("gpt2", await adapterFolder("gpt2"), untied));
  });

  test("the adapter's own tokenizer goes with it", async () => {
    const dir = await adapterFolder("gpt2");
    await writeFile(join(dir, "tokenizer.json"), "{}");
    expect((await run("gpt2", dir)).err).toMatch(/tokenizer/);
    const out = join(root, `peft-${made++}`);
    expect((await runCli(["export", dir, "--base", base.gpt2, "--rank", "2", "--out", out])).code).toBe(0);
    expect(await readFile(join(out, "tokenizer.json"), "utf8")).toBe("{}");
  });
});

describe("refused before the backend starts, by cause", () => {
  const without: Change = (tensors) => {
    for (const name of [...tensors.keys()]) if (name.startsWith("classifier.")) tensors.delete(name);
  };
  const noBackend = ["--backend", "webgpu"];
  const cases: [string, Change, RegExp][] = [
    ["a head that is announced and not saved", without, /announces the head "classifier".*does not hold classifier/],
    [
      "half of it",
      (tensors) => void tensors.delete("classifier.out_proj.bias"),
      /announces the head.*does not hold classifier.out_proj.bias/,
    ],
    [
      "what ZeRO-3 left empty",
      (tensors) => void tensors.set("classifier.dense.weight", { shape: [0], data: new Float32Array() }),
      /adapter_model.safetensors: .*classifier.dense.weight.* is empty.*ZeRO-3/,
    ],
    [
      "deeper layers",
      (tensors) => {
        for (const [name, tensor] of [...tensors]) {
          if (name.includes("layer.1.")) tensors.set(name.replace("layer.1.", "layer.7."), tensor);
        }
      },
      /pairs on layer 7, and this base has 2 layers/,
    ],
    [
      "another architecture",
      (tensors, config) => {
        without(tensors, config);
        for (const [name, tensor] of [...tensors]) {
          tensors.delete(name);
          tensors.set(
            name.replace(/^roberta\.encoder\.layer\.(\d)\.attention\.self\.(\w+)/, "model.layers.$1.self_attn.$2"),
            tensor,
          );
        }
        config["modules_to_save"] = null;
      },
      /pairs on self_attn\.(query|value), self_attn.*no such layer.*another architecture/,
    ],
    [
      "another task",
      (tensors, config) => {
        without(tensors, config);
        tensors.set("qa_outputs.weight", random("q", 2, 32));
        config["modules_to_save"] = ["qa_outputs"];
      },
      /saves qa_outputs.weight.*question answering/,
    ],
    [
      "a wrapped model",
      (tensors, config) => {
        without(tensors, config);
        config["modules_to_save"] = null;
        for (const [name, tensor] of [...tensors]) {
          tensors.delete(name);
          tensors.set(`_orig_mod.x${name}`, tensor);
        }
      },
      /torch\.compile/,
    ],
    [
      "a table of another width",
      (tensors) => void tensors.set(WORDS, random("w", 99, 16)),
      /word_embeddings.*another size/,
    ],
  ];

  test.each(cases)("%s", async (_, change, message) => {
    expectRefused(await run("roberta", await adapterFolder("roberta", change), base.roberta, noBackend), message);
  });

  test("a classifier's adapter on GPT-2", async () => {
    const dir = await adapterFolder("roberta");
    const found = await run("gpt2", dir, base.gpt2, noBackend);
    expectRefused(found, /pairs on attention\.self\.(query|value).*this gpt2 has no such layer/);
  });

  test("pickles and pointers, with the way out", async () => {
    const dir = await adapterFolder("roberta");
    const bin = join(root, `bin-${made++}`);
    await cp(dir, bin, { recursive: true });
    await rm(join(bin, "adapter_model.safetensors"));
    await writeFile(join(bin, "adapter_model.bin"), "PK");
    expectRefused(await run("roberta", bin), /clone\(\).*adapter_model\.bin".*adapter_model\.safetensors"/);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12\n`;
    for (const name of ["adapter_model.safetensors", "adapter_config.json"]) {
      const cloned = join(root, `lfs-${made++}`);
      await cp(dir, cloned, { recursive: true });
      await writeFile(join(cloned, name), pointer);
      expectRefused(await run("roberta", cloned), new RegExp(`${name} is a Git LFS pointer.*git lfs pull`));
    }
  });

  test("a pattern that would hang, and one that needs more than linear time", async () => {
    const hanging = await adapterFolder("roberta", (_, config) => {
      config["alpha_pattern"] = { "((r|o|b|e|t|a|.)+)+z": 1 };
    });
    await expectSame("roberta", await run("roberta", hanging), await run("roberta", await adapterFolder("roberta")));
    const looking = await adapterFolder("roberta", (_, config) => {
      config["rank_pattern"] = { "(?!x)query": 1 };
    });
    expectRefused(await run("roberta", looking), /rank_pattern: .*looks ahead/);
  });
});

test("a run on a base with fewer layers, on which the pairs that are left would fit, is refused", async () => {
  const sample = await makeTinySample();
  try {
    const trained = await runCli(
      ["train", "--task", sample.task, "--base", sample.model, "--steps", "1", "--rank", "2"].concat(
        "--out",
        sample.out("a"),
      ),
    );
    expect(trained.code).toBe(0);
    const shallow = await baseFolder("roberta", new Map(), { num_hidden_layers: 1 });
    const found = await run("roberta", sample.out("a"), shallow, ["--backend", "webgpu"]);
    expect([found.code, found.err]).toEqual([
      2,
      expect.stringMatching(/layer\.1\..*this base has no such layer.*run\.json/),
    ]);
  } finally {
    await sample.remove();
  }
});

test("class names that library code writes are those of predictions", async () => {
  const peft = await readPeftAdapter(join(golden.roberta, "adapter"));
  const dir = join(root, "named");
  const labels = ["no", "maybe", "yes"];
  await writePeftAdapter(dir, { ...peft, note: { kind: "classification", labels } });
  expect((await readPeftAdapter(dir)).note?.labels).toEqual(labels);
  const { rows } = await run("roberta", dir);
  expect(rows).toHaveLength(2);
  for (const { logits, label } of rows) expect(label).toBe(labels[logits.indexOf(Math.max(...logits))]);
});
