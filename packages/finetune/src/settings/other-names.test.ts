import { expect, test } from "vitest";
import { inOurNames, otherNamesOf, ownName } from "./other-names.ts";
import { readSettings } from "./read-settings.ts";
import { trainingSettings } from "./training-settings.ts";

const names = new Set(Object.keys(trainingSettings));

test("a name of another tool means one setting, however it is written", () => {
  for (const name of ["learning_rate", "learning-rate", "learningRate", "lr"]) expect(ownName(name, names)).toBe("lr");
  expect(ownName("weight_decay", names)).toBe("weightDecay");
  expect(ownName("lora_dropout", names)).toBe("loraDropout");
  expect(ownName("learning_rates", names)).toBeUndefined();
  const all = [...names].flatMap((own) => otherNamesOf(own, names));
  expect(new Set(all).size).toBe(all.length);
  for (const name of all) expect(names.has(name) ? name : undefined).toBeUndefined();
});

test("a rank of LoRA is the rank to train, and not the one to use", () => {
  expect(ownName("lora_r", names)).toBe("rank");
  expect(ownName("lora_r", new Set(["rank", "adapter"]))).toBeUndefined();
});

const read = (values: Record<string, unknown>) =>
  readSettings(trainingSettings, [inOurNames({ values, file: "config.yaml" }, trainingSettings)]);

test("configurations as transformers, LLaMA-Factory and axolotl write them", () => {
  const transformers = {
    per_device_train_batch_size: 16,
    num_train_epochs: 2,
    max_steps: -1,
    lr_scheduler_type: "cosine",
  };
  expect(read(transformers)).toMatchObject({ batchSize: 16, epochs: 2, steps: undefined, schedule: "cosine" });
  const factory = {
    ...{ stage: "sft", do_train: true, finetuning_type: "lora", fp16: false },
    ...{ model_name_or_path: "roberta-base", lora_rank: 4, lora_alpha: 8, lora_target: "query,value", cutoff_len: 64 },
  };
  const settings = { base: "roberta-base", rank: 4, alpha: 8, targets: ["query", "value"], maxLength: 64 };
  expect(read(factory)).toMatchObject(settings);
  expect(inOurNames({ values: factory }, trainingSettings).ignored).toEqual([
    "stage",
    "do_train",
    "finetuning_type",
    "fp16",
  ]);
  const axolotl = {
    base_model: "gpt2",
    datasets: [{ path: "tickets.csv", type: "completion" }],
    adapter: "lora",
    lora_r: 8,
    micro_batch_size: 2,
    val_set_size: 0.2,
    use_rslora: true,
  };
  expect(read(axolotl)).toMatchObject({
    base: "gpt2",
    task: "tickets.csv",
    rank: 8,
    batchSize: 2,
    validation: 0.2,
    scaling: "alpha/sqrt(b)",
  });
});

test("what is asked for and not done, said twice, or unknown is refused by its name", () => {
  expect(() => read({ fp16: true })).toThrow('config.yaml: "fp16" is true, which dylora does not do');
  expect(() => read({ adapter: "qlora" })).toThrow('"adapter" is "qlora"');
  expect(() => read({ run_name: "mine" })).toThrow("a run is named by its folder: give it as 'out'");
  expect(read({ report_to: "none" }).reportTo).toEqual([]);
  expect(read({ report_to: ["tensorboard", "csv"] }).reportTo).toEqual(["tensorboard", "csv"]);
  expect(() => read({ report_to: "wandb" })).toThrow("each entry one of tensorboard, csv, none");
  expect(() => read({ lr: 1, learning_rate: 2 })).toThrow(
    'config.yaml: "lr" and "learning_rate" are one setting, \'lr\'',
  );
  expect(() => read({ wieght_decay: 1 })).toThrow('no option "wieght_decay"; did you mean "weightDecay"?');
  expect(() => read({ learning_rate: "fast" })).toThrow('"lr" is fast');
});
