import { type AdaptedModel, attach, type CausalInputs, type CausalModel, type RankView } from "@dylora/lora-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { maxRank, trainedAdapter } from "./subject.ts";

/** A causal model to check, with tokens to read. */
export interface CausalModelUnderTest {
  /** The model; the suite disposes it. */
  readonly model: CausalModel;
  /** Ids of tokens that the model knows, at least eight; the suite makes its batches of them. */
  readonly tokens: readonly number[];
  /** Closes what the model was loaded from; called after the model is disposed. */
  close?(): void | Promise<void>;
}

/** What a check is given. */
export interface CausalSubject extends CausalModelUnderTest {
  /** The model with an adapter as after training. */
  readonly adapted: AdaptedModel<CausalInputs>;
  /** Largest error, see `expectAllClose`. */
  readonly tolerance: number;
}

/** A check of a causal model; it throws when the contract is broken. */
export interface CausalCheck {
  /** What holds when it passes. */
  readonly title: string;
  /** Does the check. */
  run(subject: CausalSubject): void | Promise<void>;
}

/** What the checks are given, out of what a user gives. */
export function causalSubject(made: CausalModelUnderTest, tolerance: number): CausalSubject {
  if (made.tokens.length < 8) throw new Error(`${made.tokens.length} tokens are given; the suite needs at least eight`);
  const adapted = attach(made.model, trainedAdapter(made.model, { targets: "all-linear" }));
  // A backend may lay frozen weights out anew when they are first used, and keep that as long as the model.
  adapted.forward(leftPadded([made.tokens], 0)).dispose();
  return { ...made, adapted, tolerance };
}

/** A rank for each text of a batch: 0, 1, … and from the start again. */
export const mixedRanks = (texts: number): RankView => ({
  ranks: Array.from({ length: texts }, (_, text) => text % (maxRank + 1)),
});

/** Texts as a batch, padded on the left. */
export function leftPadded(texts: readonly (readonly number[])[], padId: number): CausalInputs {
  const length = Math.max(...texts.map((text) => text.length));
  const padded = (text: readonly number[], pad: number, value: (id: number) => number) => [
    ...new Array<number>(length - text.length).fill(pad),
    ...text.map(value),
  ];
  return {
    inputIds: texts.flatMap((text) => padded(text, padId, (id) => id)),
    attentionMask: texts.flatMap((text) => padded(text, 0, () => 1)),
    size: texts.length,
    length,
  };
}

/** Some places of every text of a batch. */
export function columns(
  { inputIds, attentionMask, size, length }: CausalInputs,
  from: number,
  to: number,
): CausalInputs {
  const cut = (values: ArrayLike<number>) =>
    Array.from({ length: size }, (_, text) =>
      Array.from(values).slice(text * length + from, text * length + to),
    ).flat();
  return { inputIds: cut(inputIds), attentionMask: cut(attentionMask), size, length: to - from };
}

/** Logits as rows, and their tensor freed. */
export async function rowsOf(logits: Tensor2D): Promise<number[][]> {
  const rows = (await logits.array()) as number[][];
  logits.dispose();
  return rows;
}
