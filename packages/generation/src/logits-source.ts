import { ConfigError } from "@dylora/errors";
import {
  type AdaptedModel,
  type CausalInputs,
  type CausalModel,
  isCausalModel,
  type RankView,
  type SequenceCache,
} from "@dylora/lora-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Sequence } from "./sequence.ts";
import { TextView } from "./text-view.ts";

/** Runs a model on texts as they grow. Whoever makes it disposes it. */
export interface LogitsSource {
  /**
   * Logits of the token after each text.
   *
   * @param texts at first the prompts; then the texts of the call before, each with one token more
   * @param parents for each text, the number of the one it continues in the call before; unused at first
   * @returns `[texts, vocabulary]`, the caller's own
   */
  read(texts: readonly Sequence[], parents?: readonly number[]): Promise<Float32Array>;
  /** Frees all it holds. Calling it twice does nothing. */
  dispose(): void;
}

/** @throws ConfigError `not_generative` when the model cannot continue texts */
export function generativeModel({ model }: AdaptedModel<CausalInputs>): CausalModel {
  if (isCausalModel(model)) return model;
  throw new ConfigError("not_generative", `this ${model.architecture} model cannot continue texts; load a GPT-2`);
}

/** Texts as a batch, padded on the left so that every last token stands in the last column. */
function padLeft(texts: readonly Sequence[]): CausalInputs & { readonly outputRows: readonly number[] } {
  const length = texts.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
  const inputIds = new Int32Array(texts.length * length);
  const attentionMask = new Int32Array(texts.length * length);
  texts.forEach(({ ids }, row) => {
    inputIds.set(ids, (row + 1) * length - ids.length);
    attentionMask.fill(1, (row + 1) * length - ids.length, (row + 1) * length);
  });
  const outputRows = texts.map((_, row) => (row + 1) * length - 1);
  return { inputIds, attentionMask, size: texts.length, length, outputRows };
}

async function numbersOf(logits: Tensor2D): Promise<Float32Array> {
  try {
    return (await logits.data()) as Float32Array;
  } finally {
    logits.dispose();
  }
}

/**
 * Reads each token once, and keeps keys and values for those after it.
 *
 * @param view ranks are by number of the prompt in the call
 * @param maxNewTokens tokens that a text may get
 */
export function cachedLogits(adapted: AdaptedModel<CausalInputs>, view: RankView, maxNewTokens: number): LogitsSource {
  const model = generativeModel(adapted);
  const textView = new TextView(adapted, view);
  let cache: SequenceCache | undefined;
  let longest: number | undefined;

  /** Brings the cache into the order of the texts to come. */
  const follow = (parents: readonly number[]): void => {
    const before = cache;
    if (before === undefined || (parents.length === before.size && parents.every((parent, row) => parent === row)))
      return;
    cache = before.select(parents);
    before.dispose();
  };
  const nextToken = (texts: readonly Sequence[]): CausalInputs => ({
    inputIds: texts.map(({ ids }) => ids[ids.length - 1] as number),
    attentionMask: texts.map(() => 1),
    size: texts.length,
    length: 1,
  });
  return {
    async read(texts, parents = []) {
      if (cache !== undefined) follow(parents);
      const inputs = cache === undefined ? padLeft(texts) : nextToken(texts);
      // The last new token is never read.
      longest ??= inputs.length + maxNewTokens - 1;
      const { logits, cache: next } = model.continueFrom(inputs, textView.contextFor(texts), cache, longest);
      cache?.dispose();
      cache = next;
      return numbersOf(logits);
    },
    dispose() {
      cache?.dispose();
      cache = undefined;
      textView.dispose();
    },
  };
}

/**
 * Reads every text from its beginning for every token: slower the longer it gets, and what the cached reader is tested
 * against.
 *
 * @param view ranks are by number of the prompt in the call
 */
export function uncachedLogits(adapted: AdaptedModel<CausalInputs>, view: RankView): LogitsSource {
  const model = generativeModel(adapted);
  const textView = new TextView(adapted, view);
  return {
    async read(texts) {
      const context = textView.contextFor(texts);
      return numbersOf(tf.tidy(() => model.forward(padLeft(texts), context)));
    },
    dispose: () => textView.dispose(),
  };
}
