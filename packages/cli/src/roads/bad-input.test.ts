import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample, tinyTask } from "../fixtures/tiny-sample.ts";
import { trainAndExport } from "../fixtures/train-and-export.ts";

let sample: TinySample;
let run: string;
let exported: string;
beforeAll(async () => {
  sample = await makeTinySample();
  ({ run, exported } = await trainAndExport(sample, 4));
});
afterAll(() => sample.remove());

/** Files below a folder that this process holds open, where the system lists them. */
function openFilesIn(dir: string): string[] {
  const list = "/proc/self/fd";
  if (!existsSync(list)) return [];
  const targets = readdirSync(list).map((id) => {
    try {
      return readlinkSync(join(list, id));
    } catch {
      return ""; // closed meanwhile, as that of the listing itself
    }
  });
  return targets.filter((path) => path.startsWith(dir));
}
afterEach(() => expect(openFilesIn(sample.dir)).toEqual([]));

let count = 0;

/** Trains with something wrong; nothing may be left behind. */
async function expectTrainRefused(message: RegExp, ...args: string[]): Promise<void> {
  const out = sample.out(`refused-${count++}`);
  const usual = ["--base", sample.model, "--task", sample.task, "--steps", "2", "--out", out];
  expectRefused(await runCli(["train", ...usual, ...args]), message);
  expect(existsSync(out)).toBe(false);
}

/** A copy of the base model with something changed. */
async function brokenModel(change: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(sample.dir, `model-${count++}`);
  await cp(sample.model, dir, { recursive: true });
  await change(dir);
  return dir;
}

const weightsOf = (dir: string) => join(dir, "model.safetensors");

interface TensorEntry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

/** Rewrites the header of a safetensors file, and leaves the numbers as they are. */
async function editHeader(dir: string, edit: (header: Record<string, TensorEntry>) => void): Promise<void> {
  const bytes = await readFile(weightsOf(dir));
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  await writeFile(weightsOf(dir), Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

const query = "roberta.encoder.layer.0.attention.self.query.weight";
const word = "roberta.embeddings.word_embeddings.weight";

describe("the base model", () => {
  test("a name that is neither a folder nor in the hub's cache", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expectTrainRefused(
      /^dylora: --base nowhere: there is no such folder here, and .*not in the cache/,
      "--base",
      "nowhere",
    );
    vi.unstubAllEnvs();
  });
  test.each(["./nowhere", "/home/someone/model", "a/b/c", "~/model", "C:\\models\\tiny", "C:/models/tiny", "a\\b"])(
    "the path %s that is not there",
    (path) => expectTrainRefused(/--base .*: there is no such folder here; give a folder/, "--base", path),
  );
  test("a folder without config.json", async () => {
    const dir = await brokenModel((path) => rm(join(path, "config.json")));
    await expectTrainRefused(/has no config\.json/, "--base", dir);
  });
  test("an adapter in place of a model", () => expectTrainRefused(/it is an adapter/, "--base", exported));
  test("another architecture", async () => {
    const dir = await brokenModel((path) => writeFile(join(path, "config.json"), '{"model_type": "bert"}'));
    await expectTrainRefused(/model_type is "bert"/, "--base", dir);
  });
  test("a file that is no safetensors", async () => {
    const dir = await brokenModel((path) => writeFile(weightsOf(path), "hello, this is text and nothing else"));
    await expectTrainRefused(/model\.safetensors/, "--base", dir);
  });
  test("a header longer than the file", async () => {
    const dir = await brokenModel(async (path) => {
      const bytes = await readFile(weightsOf(path));
      bytes.writeBigUInt64LE(BigInt(bytes.length));
      await writeFile(weightsOf(path), bytes);
    });
    await expectTrainRefused(/header/, "--base", dir);
  });
  test("offsets that overlap", async () => {
    const dir = await brokenModel((path) =>
      editHeader(path, (header) => {
        const [first, second] = Object.values(header).filter(({ shape }) => shape?.length === 1);
        Object.assign(second as TensorEntry, first);
      }),
    );
    await expectTrainRefused(/overlap|gap|offset/i, "--base", dir);
  });
  test("offsets beyond the file", async () => {
    const dir = await brokenModel(async (path) => {
      const bytes = await readFile(weightsOf(path));
      await writeFile(weightsOf(path), bytes.subarray(0, bytes.length - 64));
    });
    await expectTrainRefused(/model\.safetensors/, "--base", dir);
  });
  test("a tensor of the wrong shape", async () => {
    const dir = await brokenModel((path) => editHeader(path, (header) => header[word]?.shape.reverse()));
    await expectTrainRefused(/word_embeddings\.weight" has shape \[32, 99\], expected \[99, 32\]/, "--base", dir);
  });
  test("a tensor of the wrong type", async () => {
    const dir = await brokenModel((path) =>
      editHeader(path, (header) => {
        Object.assign(header[word] as TensorEntry, { dtype: "I32" });
      }),
    );
    await expectTrainRefused(/word_embeddings\.weight/, "--base", dir);
  });
  test("a tensor that is missing", async () => {
    const dir = await brokenModel((path) =>
      editHeader(path, (header) => {
        header["roberta.other.weight"] = header[query] as TensorEntry;
        delete header[query];
      }),
    );
    await expectTrainRefused(/no tensor "roberta\.encoder\.layer\.0\.attention\.self\.query\.weight"/, "--base", dir);
  });
  test("a pickle", async () => {
    const dir = await brokenModel((path) => rename(weightsOf(path), join(path, "pytorch_model.bin")));
    await expectTrainRefused(/pytorch_model\.bin.*(safetensors|convert)/, "--base", dir);
  });
  test("no tokenizer", async () => {
    const dir = await brokenModel((path) => rm(join(path, "vocab.json")));
    await expectTrainRefused(/holds no tokenizer/, "--base", dir);
  });
  test("a tokenizer of another model", async () => {
    const dir = await brokenModel(async (path) => {
      const vocab = JSON.parse(await readFile(join(path, "vocab.json"), "utf8"));
      await writeFile(join(path, "vocab.json"), JSON.stringify({ ...vocab, a: 99 }));
    });
    await expectTrainRefused(/do not belong together/, "--base", dir);
  });
  test("more than the memory holds", async () => {
    const out = sample.out("memory");
    const args = ["train", "--base", sample.model, "--task", sample.task, "--out", out];
    expectRefused(await runCli(args, { memory: 50_000 }), /needs about .* of memory and 48\.8 KiB are free/);
    expect(existsSync(out)).toBe(false);
    const predict = ["predict", "--adapter", run, "--input", "-", "--output", "-"];
    expectRefused(await runCli(predict, { memory: 50_000, input: '{"text": "a"}' }), /of memory/);
  });
});

describe("the data", () => {
  const withTask = async (change: (dir: string) => Promise<void>): Promise<string> => {
    const dir = join(sample.dir, `data-${count++}`);
    await cp(join(sample.dir, "data"), dir, { recursive: true });
    await change(dir);
    return join(dir, "task.json");
  };
  const changed = (change: object) =>
    withTask((dir) => writeFile(join(dir, "task.json"), JSON.stringify({ ...tinyTask, ...change })));

  test("no task of that name", () =>
    expectTrainRefused(/"sst3" is no GLUE task; known are cola, sst2/, "--task", "sst3"));
  test("a GLUE task without --data", () => expectTrainRefused(/--data is missing/, "--task", "sst2"));
  test("a GLUE folder without the files", () =>
    expectTrainRefused(/no train split of cola/, "--task", "cola", "--data", sample.dir));
  test("a task.json that is not there", () =>
    expectTrainRefused(/task\.json.* does not exist/, "--task", "no/task.json"));
  test("a task.json that is no task", async () =>
    expectTrainRefused(/"kind" is "guess"/, "--task", await changed({ kind: "guess" })));
  test("a metric that nobody knows", async () =>
    expectTrainRefused(/no metric "bleurt"/, "--task", await changed({ metrics: ["bleurt"] })));
  test("a metric that does not suit", async () =>
    expectTrainRefused(/accuracy does not score it/, "--task", await changed({ kind: "regression", labels: [] })));
  test("a file that is missing", async () =>
    expectTrainRefused(/train\.tsv does not exist/, "--task", await withTask((dir) => rm(join(dir, "train.tsv")))));
  test("a broken row, by file and line", async () => {
    const task = await withTask((dir) => writeFile(join(dir, "train.tsv"), "text\tmood\ngood a\tup\nbad b\n"));
    await expectTrainRefused(/train\.tsv, line 3/, "--task", task);
  });
  test("a label that is none, by file and line", async () => {
    const task = await withTask((dir) => writeFile(join(dir, "dev.tsv"), "text\tmood\ngood a\tup\nbad b\tsideways\n"));
    await expectTrainRefused(/dev\.tsv, line 3: label "sideways"/, "--task", task);
  });
  test("no rows", async () => {
    const task = await withTask((dir) => writeFile(join(dir, "dev.tsv"), "text\tmood\n"));
    await expectTrainRefused(/validation split of mood holds no examples/, "--task", task);
  });
});

describe("the settings", () => {
  const cases: [string, RegExp, string[]][] = [
    ["rank 0", /--rank is 0; it must be a whole number/, ["--rank", "0"]],
    ["rank that is no number", /--rank is many/, ["--rank", "many"]],
    ["a fixed rank above r_max", /above/, ["--rank", "4", "--distribution", "fixed:5"]],
    ["a rank set above r_max", /rank 16 is above/, ["--distribution", "rankset:1,16"]],
    ["a lowest rank above r_max", /--min-rank 9 is above --rank 8/, ["--min-rank", "9"]],
    ["blocks that do not fit", /no multiple of --block-size 3/, ["--block-size", "3"]],
    ["blocks of a rank set", /go with uniform and geometric/, ["--block-size", "2", "--distribution", "rankset:2,4"]],
    ["no such distribution", /--distribution is normal/, ["--distribution", "normal"]],
    ["p out of range", /geometric p is 2/, ["--distribution", "geometric:p=2"]],
    ["an unknown target, with near names", /"querry" matches no layer.*query/, ["--targets", "querry"]],
    ["an invalid expression", /--targets is \/\(\//, ["--targets", "/(/"]],
    ["steps and epochs", /not both/, ["--epochs", "2"]],
    ["warm-up twice", /not both/, ["--warmup", "1", "--warmup-ratio", "0.1"]],
    ["warm-up longer than the run", /longer than the run/, ["--warmup", "5"]],
    [
      "a rank for each example in a frozen mode",
      /--rank-per example/,
      ["--rank-per", "example", "--update-mode", "frozen"],
    ],
    ["evaluation ranks above r_max", /--eval-ranks has rank 9/, ["--eval-every", "1", "--eval-ranks", "9"]],
    ["early stopping without evaluation", /needs --eval-every/, ["--early-stopping", "2"]],
    ["a learning rate of 0", /--lr is 0; it must be a number above 0/, ["--lr", "0"]],
    ["a schedule nobody knows", /one of linear, cosine, constant/, ["--schedule", "step"]],
    ["an input longer than the model takes", /at most 21 tokens/, ["--max-length", "22"]],
    [
      "a backend that is not there",
      /--backend abacus: the package @dylora\/backend-abacus is not installed/,
      ["--backend", "abacus"],
    ],
    ["resume and overwrite", /not both/, ["--resume", "--overwrite"]],
    ["an option nobody knows", /unknown option '--rnak'.*--rank/, ["--rnak", "4"]],
    ["a flag without its value", /argument missing/, ["--rank"]],
  ];
  test.each(cases)("%s", (_, message, args) => expectTrainRefused(message, ...args));
  test("a backend that is not there, for a trained adapter", async () => {
    const options = ["--rank", "2", "--out", sample.out("no-backend"), "--backend", "abacus"];
    expectRefused(await runCli(["export", run, ...options]), /backend-abacus is not installed/);
  });

  test("a pmf that does not sum to 1, in a script", async () => {
    const file = join(sample.dir, "mine.ts");
    await writeFile(
      file,
      'const ranks: number[] = [1, 2];\nexport default { name: "mine", ranks, pmf: [0.5, 0.4] };\n',
    );
    await expectTrainRefused(/"mine".*sum to 0\.9/, "--distribution", file);
  });
  test("a pmf that does not sum to 1, in a config file", async () => {
    const file = join(sample.dir, "pmf.json");
    await writeFile(file, JSON.stringify({ distribution: { name: "mine", ranks: [1, 2], pmf: [0.5, 0.6] } }));
    await expectTrainRefused(/sum to 1\.1/, "--config", file);
  });
  test("a script that exports something else", async () => {
    const file = join(sample.dir, "other.mjs");
    await writeFile(file, "export default 5;\n");
    await expectTrainRefused(/must be a rank distribution/, "--distribution", file);
  });
  test("a script that fails", async () => {
    const file = join(sample.dir, "fails.ts");
    await writeFile(file, 'throw new Error("not today");\n');
    await expectTrainRefused(/fails\.ts cannot be loaded: not today/, "--distribution", file);
  });
  test("a config file with an option nobody knows", async () => {
    const file = join(sample.dir, "odd.json");
    await writeFile(file, '{"learningRates": 1}');
    await expectTrainRefused(/odd\.json: there is no option "learningRates"; .*the options are /i, "--config", file);
  });
  test("a config file with a value that does not fit", async () => {
    const file = join(sample.dir, "value.json");
    await writeFile(file, '{"rank": "eight"}');
    await expectTrainRefused(/value\.json: "rank" is eight/, "--config", file);
  });
  test("a config file that is not there", () =>
    expectTrainRefused(/none\.json does not exist/, "--config", "none.json"));
});
