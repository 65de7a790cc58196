import type { AdaptedModel, CausalInputs, RankView } from "@dylora/lora-core";
import type { DecodedStep, Decoder } from "./decoding.ts";
import { cachedLogits, uncachedLogits } from "./logits-source.ts";
import { createPause } from "./pause.ts";
import type { Prompt, Sequence } from "./sequence.ts";

/** What {@link runTexts} runs on. */
export interface TextRun {
  readonly adapted: AdaptedModel<CausalInputs>;
  readonly view: RankView;
  readonly decoder: Decoder;
  readonly useCache: boolean;
  /** Tokens that a text may get, where its prompt has no limit of its own. */
  readonly maxNewTokens: number;
  readonly signal: AbortSignal | undefined;
}

/** A step with the texts that go on. */
export interface RunStep extends DecodedStep {
  /** The texts as they are now, one for each continuation. */
  readonly texts: readonly Sequence[];
}

/**
 * Writes a batch of texts to their ends, a step at a time. What it holds is freed when it ends, is left or throws.
 *
 * @yields what each step decided
 * @throws what the model throws, or the signal's reason
 */
export async function* runTexts(prompts: readonly Prompt[], run: TextRun): AsyncGenerator<RunStep, void, void> {
  const { adapted, view, decoder, useCache, maxNewTokens, signal } = run;
  const most = prompts.reduce((largest, prompt) => Math.max(largest, prompt.maxNewTokens ?? maxNewTokens), 1);
  const reader = useCache ? cachedLogits(adapted, view, most) : uncachedLogits(adapted, view);
  const pause = createPause();
  try {
    let texts: readonly Sequence[] = prompts.map((prompt) => ({ prompt, sample: 0, ids: prompt.ids }));
    let parents: readonly number[] = [];
    while (texts.length > 0) {
      await pause();
      signal?.throwIfAborted();
      const before: readonly Sequence[] = texts;
      const step = decoder.advance(await reader.read(before, parents), before);
      parents = step.continuations.map(({ parent }) => parent);
      texts = step.continuations.map(({ parent, token, sample }) => {
        const { prompt, ids } = before[parent] as Sequence;
        return { prompt, sample, ids: [...ids, token] };
      });
      yield { ...step, texts };
    }
  } finally {
    reader.dispose();
  }
}
