import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { e2eMetrics } from "@dylora/eval/nlg";
import type { EvaluateResult } from "@dylora/finetune";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";

const predictions = ["Aromi is a cheap pub near the river .", "The Vaults serves Thai food.", "Cocum is a pub."];
const references = [
  ["Aromi is a pub that is cheap.", "Aromi is a cheap pub by the river."],
  ["The Vaults serves Thai food in the city centre."],
  ["Cocum is a coffee shop.", "A pub called Cocum.", "Cocum is a pub near Aromi."],
];

let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-evaluate-"));
  await writeFile(at("out.txt"), `${predictions.join("\n")}\n`);
  await writeFile(at("refs.txt"), `${references.map((group) => group.join("\n")).join("\n\n")}\n\n`);
});
afterAll(() => rm(dir, { recursive: true }));

const evaluate = (...args: string[]): Promise<CliRun> =>
  runCli(["evaluate", "--predictions", at("out.txt"), "--references", at("refs.txt"), ...args]);

describe("scores", () => {
  test("are those of the library, with signatures, under --json", async () => {
    const { code, json } = await evaluate("--task", "e2e", "--json");
    expect(code).toBe(0);
    const { instances, metrics } = json<EvaluateResult & Record<string, unknown>>();
    expect(instances).toBe(3);
    expect(Object.keys(metrics)).toEqual(["BLEU", "NIST", "METEOR", "ROUGE_L", "CIDEr", "TER", "chrF", "chrF++"]);
    for (const [name, { score, signature }] of Object.entries(e2eMetrics(predictions, references))) {
      expect(metrics[name]).toEqual({ score, signature });
    }
  });

  test("come as a table for people, with intervals where asked for", async () => {
    const { code, out } = await evaluate("--confidence", "0.9", "--resamples", "50");
    expect(code).toBe(0);
    expect(out).toMatch(/metric\s+score\s+90% interval/);
    for (const name of ["BLEU", "NIST", "METEOR", "ROUGE_L", "CIDEr", "TER", "chrF"]) {
      expect(out).toMatch(new RegExp(`^${name}\\s+\\d+\\.\\d{4}\\s+\\[\\d`, "m"));
    }
  });

  test.each(["webnlg", "dart"])("of %s are those of WebNLG's script, and the others besides", async (task) => {
    const { json } = await evaluate("--task", task, "--json", "--lowercase", "--tokenize");
    const names = Object.keys(json<EvaluateResult & Record<string, unknown>>().metrics);
    expect(names).toEqual(["BLEU", "BLEU NLTK", "METEOR", "TER", "chrF++", "NIST", "ROUGE_L", "CIDEr", "chrF"]);
  });

  describe("of the LoRA paper's pipeline: gpt2_decode.py --tokenize --lower --ref_num 6, then multi-bleu-detok", () => {
    // Scored by sacreBLEU 2.6.0 (smooth_method none, 13a) on the files that gpt2_decode.py writes.
    const texts = ["The Sun Pub is in Oslo.", "Ann (27), who's a pilot, flew to Rome in 1990."];
    const written = [
      ["The Sun Pub, which is in Oslo.", "In Oslo lies the Sun Pub; a cheap one."],
      [
        "Ann (27), a pilot, flew to Rome in 1990.",
        "Pilot Ann flew to Rome.",
        "In 1990 Ann, who's a pilot, flew to Rome.",
        "Ann flew.",
        "Ann, 27, flew to Rome as a pilot in 1990.",
        "To Rome flew Ann in 1990.",
        "Ann (27), who's a pilot, flew to Rome in 1990.",
      ],
    ];
    const paper = async (...args: string[]) => {
      await writeFile(at("lora.txt"), texts.join("\n"));
      await writeFile(at("lora-refs.txt"), written.map((group) => group.join("\n")).join("\n\n"));
      const files = ["--predictions", at("lora.txt"), "--references", at("lora-refs.txt")];
      return runCli(["evaluate", ...files, "--json", ...args]);
    };
    const bleu = (run: CliRun) => run.json<EvaluateResult & Record<string, unknown>>().metrics["BLEU"]?.score;

    test.each(["webnlg", "dart"])("%s: filled up with the first reference, and cut at six", async (task) => {
      const run = await paper("--task", task, "--lowercase", "--tokenize");
      expect(bleu(run)).toBeCloseTo(87.49265522863934, 8);
      expect(run.err).toMatch(/6 for each instance.*1 of 2 instances filled up with their first, 1 cut/);
      expect(bleu(await paper("--task", task, "--lowercase", "--tokenize", "--ref-num", "7"))).toBeCloseTo(
        84.62978985983034,
        8,
      );
    });
    test("without the paper's flags, WebNLG's own: filled up with empty references", async () => {
      const run = await paper("--task", "webnlg");
      expect(bleu(run)).toBeCloseTo(83.10311377478708, 8);
      expect(run.err).toMatch(/1 of 2 instances have fewer than 7 and are filled up with empty ones/);
    });
    test("e2e takes no number of references", async () => {
      const { code, err } = await paper("--task", "e2e", "--ref-num", "6");
      expect(err).toMatch(/--ref-num goes with --task webnlg or dart/);
      expect(code).toBe(2);
    });
  });

  test("are taken of standard input", async () => {
    const args = ["evaluate", "--predictions", "-", "--references", at("refs.txt"), "--json"];
    const { json } = await runCli(args, { input: predictions.join("\n") });
    expect(json()).toMatchObject({ metrics: { BLEU: { score: e2eMetrics(predictions, references)["BLEU"]?.score } } });
  });

  test("METEOR takes synonyms from a folder of METEOR's own", async () => {
    await writeFile(at("english.synsets"), "cheap\n7\naffordable\n7\n");
    await writeFile(at("english.exceptions"), "");
    const [plain, rich] = [await evaluate("--json"), await evaluate("--json", "--wordnet", dir)];
    const signature = (run: CliRun) =>
      run.json<EvaluateResult & Record<string, unknown>>().metrics["METEOR"]?.signature;
    expect(rich.err).toBe("");
    expect(signature(rich)).not.toBe(signature(plain));
  });
});

describe("refused", () => {
  const refused = async (name: string, content: string | Uint8Array, message: RegExp, ...args: string[]) => {
    await writeFile(at(name), content);
    const { code, err, out } = await evaluate(...args, at(name));
    expect(err).toMatch(message);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  };

  test("more predictions than references", () =>
    refused(
      "more.txt",
      "a\nb\nc\nd\n",
      /more\.txt, line 4: this prediction has no references.*4 predictions.*3 instances/,
      "--predictions",
    ));
  test("fewer predictions than references", () =>
    refused("fewer.txt", "a\nb\n", /refs\.txt, line 6: these references have no prediction/, "--predictions"));
  test("fewer predictions than lines of single references", () =>
    refused("flat.txt", "a\nb\nc\nd\n", /flat\.txt, line 4: these references/, "--references"));
  test("predictions that are not UTF-8", () =>
    refused("bad.txt", Buffer.from("a\nb\xff\nc\n", "latin1"), /bad\.txt, line 2: not valid UTF-8/, "--predictions"));
  test("references that are not UTF-8", () =>
    refused("bad.txt", Buffer.from("a\n\n\xe9", "latin1"), /bad\.txt, line 3: not valid UTF-8/, "--references"));
  test("no predictions", () => refused("empty.txt", "", /empty\.txt: no prediction/, "--predictions"));
  test("no references", () => refused("empty.txt", "\n\n", /empty\.txt: no reference/, "--references"));
  test("an instance without references", () =>
    refused("gap.txt", "a\n\n\nb\n\nc\n", /gap\.txt, line 3: a second blank line/, "--references"));
  test("a file that is not there", async () => {
    const { code, err } = await evaluate("--references", at("nowhere.txt"));
    expect(err).toMatch(/--references .*nowhere\.txt does not exist/);
    expect(code).toBe(2);
  });
  test("a WordNet that is not there", async () => {
    const { code, err } = await evaluate("--wordnet", at("nowhere"));
    expect(err).toMatch(/nowhere.* cannot be read/);
    expect(code).toBe(2);
  });
  test("an unknown task, a missing option", async () => {
    expect((await evaluate("--task", "cola")).err).toMatch(/--task is cola; it must be one of e2e, webnlg, dart/);
    expect((await runCli(["evaluate"])).err).toMatch(/--predictions is missing/);
  });
});
