import { expect, test } from "vitest";
import { PEFT_LORA_DEFAULTS } from "./config.ts";
import { modelCard } from "./model-card.ts";

const config = {
  ...PEFT_LORA_DEFAULTS,
  r: 2,
  task_type: "SEQ_CLS",
  base_model_name_or_path: "FacebookAI/roberta-base",
};

test("the card gives Python the classes, which PEFT's files do not hold", () => {
  const card = modelCard(config, { kind: "classification", labels: ["Billing", 'a "b"\n```'] });
  expect(card).toContain('id2label = dict(enumerate(["Billing", "a \\"b\\"\\n```"]))');
  expect(card).toContain(
    'AutoModelForSequenceClassification.from_pretrained("FacebookAI/roberta-base", num_labels=2, id2label=id2label, label2id=label2id)',
  );
  expect(card.match(/^```/gm)).toHaveLength(2);
  expect(modelCard(config, { kind: "regression" })).toContain('("FacebookAI/roberta-base", num_labels=1)');
});

test("a model that generates is loaded by its own class; where nothing is known, nothing is made up", () => {
  const generating = { ...config, task_type: "CAUSAL_LM", base_model_name_or_path: "gpt2" };
  expect(modelCard(generating, { kind: "generation" })).toContain('AutoModelForCausalLM.from_pretrained("gpt2")');
  for (const card of [modelCard(config), modelCard({ ...config, base_model_name_or_path: null })]) {
    expect(card).toContain('PeftModel.from_pretrained(base_model, "this-folder")');
  }
});

test("the card says what the adapter is for, its classes and what it reached", () => {
  const card = modelCard(config, {
    kind: "classification",
    task: "tickets: 2026",
    labels: ["Billing", "a`b\nc"],
    base: { architecture: "roberta", parameters: 124_645_632, license: "mit" },
    score: { metric: "accuracy", value: 0.836, interval: { low: 0.81, high: 0.858, confidence: 0.95 }, examples: 1000 },
  });
  expect(card).toContain("- Base model: `FacebookAI/roberta-base`, roberta with 124,645,632 parameters\n");
  expect(card).toContain("- Task: `tickets: 2026`, classification\n");
  expect(card).toContain("- Classes, in the order of the outputs: `Billing`, ``a`b c``\n");
  expect(card).toContain("- Score: accuracy 0.836 (95% interval 0.81 to 0.858) on 1,000 examples at rank 2\n");
  expect(card).toContain(
    "- Licence: not chosen yet: add `license:` to the lines at the top. The base model's is `mit`\n",
  );
});

test("the front matter is what the hub reads: task and results", () => {
  const note = {
    kind: "classification",
    task: 'a "task": x',
    score: { metric: "accuracy", value: 0.836, examples: 10 },
  } as const;
  const front = /^---\n(.*?)\n---/su.exec(modelCard(config, note))?.[1] ?? "";
  expect(front.split("\n")).toEqual([
    "library_name: peft",
    "base_model: FacebookAI/roberta-base",
    "pipeline_tag: text-classification",
    "tags:",
    "- lora",
    "- dylora",
    "model-index:",
    '- name: "LoRA adapter of rank 2"',
    "  results:",
    "  - task:",
    "      type: text-classification",
    "    dataset:",
    '      type: "a \\"task\\": x"',
    '      name: "a \\"task\\": x"',
    "    metrics:",
    "    - type: accuracy",
    "      value: 0.836",
  ]);
  expect(modelCard(config)).not.toContain("model-index");
});

test("a base model in a folder is named by the folder, never by its path", () => {
  for (const path of ["/home/alice/models/tiny", "C:\\Users\\alice\\tiny", "/home/alice/models/tiny/"]) {
    const card = modelCard(
      { ...config, base_model_name_or_path: path },
      { kind: "classification", labels: ["a", "b"] },
    );
    expect(card).not.toMatch(/alice|base_model:/u);
    expect(card).toContain("- Base model: the folder `tiny`; it has no name on the hub\n");
    expect(card).toContain('from_pretrained("path/to/tiny", num_labels=2');
  }
});
