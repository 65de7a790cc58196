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
