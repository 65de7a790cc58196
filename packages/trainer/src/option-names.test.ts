import { expect, test } from "vitest";
import { AdamW, type Predictions, predict, type TrainEvaluation, train } from "./index.ts";

/** What JavaScript lets through. */
// biome-ignore lint/suspicious/noExplicitAny: that is what JavaScript has
const loosely = (options: object): any => options;

test("a setting that nobody knows is refused before any work, with the nearest that there is", async () => {
  const sampler = { distribution: { ranks: [] } };
  const start = (options: object) => train(loosely({ sampler, ...options })).next();
  await expect(start({ learning_rate: 1e-3 })).rejects.toMatchObject({
    code: "unknown_setting",
    message: expect.stringContaining('train has no setting "learning_rate"; did you mean "learningRate"?'),
  });
  await expect(start({ evaluation: { evry: 3 } })).rejects.toThrow('no setting "evry"; did you mean "every"?');
  await expect(start({ checkpoints: { path: "x" } })).rejects.toThrow('checkpoints of train has no setting "path"');
  const names = loosely({ weight_decay: 0 });
  expect(() => new AdamW(loosely({}), names)).toThrow(
    'AdamW has no setting "weight_decay"; did you mean "weightDecay"?',
  );
  await expect(predict(loosely({}), loosely({}), loosely({ rank: 2 }))).rejects.toMatchObject({
    code: "unknown_setting",
  });
});

test("the loss of predict fits an evaluation, also where none was asked for", async () => {
  const run =
    (predictions: Predictions): TrainEvaluation["run"] =>
    async () => ({ metric: 1, loss: predictions.loss });
  expect(await run({ logits: new Float32Array(), classes: 2, loss: undefined })(1)).toEqual({ metric: 1 });
});
