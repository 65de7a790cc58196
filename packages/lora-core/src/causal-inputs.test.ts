import { sequentialCausalBatches } from "@dylora/data";
import { expect, test } from "vitest";
import { causalInputs } from "./causal-inputs.ts";

const batch = { inputIds: [5, 6, 7, 8, 9, 0], attentionMask: [1, 1, 1, 1, 1, 0], size: 2, length: 3 };

test("each labelled token is predicted from the place before it, never across texts", () => {
  const { outputRows, labels, ...rest } = causalInputs({ ...batch, labels: [-100, 6, 7, 8, 9, -100] });
  expect([...outputRows]).toEqual([0, 1, 3]); // token 8 opens its text: nothing predicts it
  expect([...labels]).toEqual([6, 7, 9]);
  expect(rest).toEqual(batch);
});

test("takes the batches of @dylora/data", () => {
  const encoded = [
    { inputIds: [4, 5, 6, 0], labels: [-100, -100, 6, 0] },
    { inputIds: [7, 8], labels: [-100, 8] },
  ];
  const source = sequentialCausalBatches(encoded, { batchSize: 2, padId: 0 });
  const { outputRows, labels } = causalInputs(source.batch(0));
  expect([...outputRows]).toEqual([1, 2, 4]);
  expect([...labels]).toEqual([6, 0, 8]);
});

test("a batch without anything to predict is refused, and one with too few labels", () => {
  expect(() => causalInputs({ ...batch, labels: [5, -100, -100, 8, -100, -100] })).toThrow(
    expect.objectContaining({ code: "no_labels" }),
  );
  expect(() => causalInputs({ ...batch, labels: [5] })).toThrow(expect.objectContaining({ code: "bad_shape" }));
});
