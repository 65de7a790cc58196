// A model and a task so small that a run takes seconds, and a GPT-2 with prompts; made of the golden models.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789.,:Ġ"];

function writeTokenizer(folder, special, mask) {
  const tokens = [...special, ...letters];
  const vocabulary = { ...Object.fromEntries(tokens.map((token, id) => [token, id])), ...mask };
  writeFileSync(join(folder, "vocab.json"), JSON.stringify(vocabulary));
  writeFileSync(join(folder, "merges.txt"), "#version: 0.2\n");
}

function rows(count) {
  const words = ["good", "fine", "nice", "best", "bad", "dull", "poor", "worst"];
  const lines = Array.from({ length: count }, (_, i) => {
    const up = i % 2 === 0;
    return `${words[(up ? 0 : 4) + ((i >> 1) % 4)]} ${"abcdefgh".slice(0, 1 + (i % 7))}\t${up ? "up" : "down"}`;
  });
  return `text\tmood\n${lines.join("\n")}\n`;
}

/** Makes the sample in a folder, and says where its parts are. */
export function makeSample(root, folder) {
  const golden = (name) => join(root, "packages/golden-suite/fixtures", name, "base");
  const [classifier, writer, data] = ["classifier", "writer", "data"].map((name) => join(folder, name));
  cpSync(golden("roberta-tiny"), classifier, { recursive: true });
  cpSync(golden("gpt2-tiny"), writer, { recursive: true });
  writeTokenizer(classifier, ["<s>", "<pad>", "</s>", "<unk>"], { "<mask>": 98 });
  writeTokenizer(writer, ["<|endoftext|>"], {});
  mkdirSync(data);
  const task = {
    name: "mood",
    kind: "classification",
    textColumns: ["text"],
    labelColumn: "mood",
    labels: ["down", "up"],
    metrics: ["accuracy"],
    splits: { train: "train.tsv", validation: "dev.tsv" },
  };
  writeFileSync(join(data, "task.json"), JSON.stringify(task));
  writeFileSync(join(data, "train.tsv"), rows(40));
  writeFileSync(join(data, "dev.tsv"), rows(60));
  const prompts = Array.from({ length: 60 }, (_, i) => `${JSON.stringify({ prompt: `ab${letters[i % 26]} is` })}\n`);
  writeFileSync(join(data, "prompts.jsonl"), prompts.join(""));
  return { classifier, writer, task: join(data, "task.json"), prompts: join(data, "prompts.jsonl") };
}
