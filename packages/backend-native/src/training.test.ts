import { batchOf, expectGoldenParameters, loadGolden, onAdapted, openRoberta } from "@dylora/golden-suite";
import { sequenceClassification } from "@dylora/model-roberta";
import { expectAllClose, expectSameBits } from "@dylora/test-kit";
import { classification, type LabelledBatch, type TrainOptions, train } from "@dylora/trainer";
import { describe } from "vitest";
import { withComposedAdamw } from "./fixtures/composed-adamw.ts";
import { nativeTests } from "./fixtures/native-tests.ts";

const golden = await loadGolden("roberta-tiny");
const { lr, weight_decay } = golden.meta["optimizer"] as { lr: number; weight_decay: number };
const ranks = golden.meta["ranks"] as number[];
const labels = golden.integers("labels");
const batch: LabelledBatch = { ...batchOf(golden, "input_ids", "attention_mask"), labels };
/** The ranks that the reference drew, one after the other. */
const support = [...new Set(ranks)].sort((a, b) => a - b);
const sampler: NonNullable<TrainOptions<LabelledBatch>["sampler"]> = {
  distribution: { name: "listed", ranks: support, pmf: support.map(() => 1 / support.length) },
  rankAt: (step, example = 0) => ranks[(step + example) % ranks.length] ?? 1,
  state: () => null,
  restore: () => {},
};

const check = nativeTests();

/** Trains ten steps, checks losses and parameters against torch, and gives the parameters. */
async function tenSteps(updateMode: "full" | "frozen" | "frozen-reference", prefix: string): Promise<Float32Array> {
  let values = new Float32Array();
  const open = () => openRoberta(golden, "base", sequenceClassification(3));
  await onAdapted<LabelledBatch>(golden, open, "adapter", async (adapted) => {
    const losses: number[] = [];
    const run = train({
      ...{ adapted, objective: classification(), sampler, updateMode, steps: 10, learningRate: lr },
      data: { batch: () => batch },
      optimizer: { weightDecay: weight_decay },
    });
    for await (const event of run) if (event.type === "step") losses.push(event.loss);
    expectAllClose(losses, golden.floats(`${prefix}losses`), { tolerance: 1e-4, what: "losses" });
    const { parameters } = adapted.adapter;
    expectGoldenParameters(parameters.entries, parameters.values, golden, `${prefix}end.`);
    values = parameters.values.slice();
  });
  return values;
}

describe("ten steps on the native backend equal torch's, and are the same bits with AdamW in JavaScript", () => {
  for (const [updateMode, prefix] of [
    ["full", "train.full."],
    ["frozen-reference", "train.frozen_reference."],
    ["frozen", "train.frozen_strict."],
  ] as const) {
    check(`mode ${updateMode}`, async () => {
      const native = await tenSteps(updateMode, prefix);
      const plain = await withComposedAdamw(() => tenSteps(updateMode, prefix));
      expectSameBits(native, plain, "parameters");
    });
  }
});
