import type { AdaptedModel } from "@dylora/lora-core";
import type { CausalInputs } from "../gpt2.ts";
import { checkGeneration } from "./check-generation.ts";
import type { FinishedText, TextEnd } from "./decoding.ts";
import type { GenerateOptions } from "./generation-settings.ts";
import { runTexts } from "./run-texts.ts";
import type { TextCodec } from "./text-codec.ts";

/** A text that was written. */
export interface GeneratedText {
  /** Number of its prompt in the call, from 0. */
  readonly prompt: number;
  /** New tokens, the end token included where there is one. */
  readonly tokens: readonly number[];
  /** The new tokens as text, without the end token; undefined without a tokenizer. */
  readonly text: string | undefined;
  /** Why it ended: with an end token, at its largest length, or because every token was ruled out. */
  readonly end: TextEnd;
  /** Beam search: summed log-probability / length ^ lengthPenalty (transformers' `sequences_scores`); else undefined. */
  readonly score: number | undefined;
}

/** Tokens as text, the end token left out. */
export function textOf(
  { tokens, end }: Pick<FinishedText, "tokens" | "end">,
  codec: TextCodec | undefined,
): string | undefined {
  return codec?.decode(end === "eos" ? tokens.slice(0, -1) : tokens);
}

/**
 * Continues prompts. They run in batches of similar length, padded on the left, each token computed from the keys and
 * values of those before it; the texts do not depend on the batches.
 *
 * @param adapted a GPT-2 with its adapter, unmerged at any rank, or merged
 * @returns for each prompt in turn its texts: one, or as many as the decoding returns, the best first
 * @throws ConfigError before any work for a bad setting or prompt: `bad_generation`, `empty_prompt`, `id_out_of_range`,
 * `sequence_too_long`, `not_generative`, `rank_out_of_range`, `bad_view`
 * @throws BackendError `not_finite` when the model gives no numbers; the reason of an aborted signal
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { memoryWeights } from "@dylora/io";
 * import { attach } from "@dylora/lora-core";
 * import { beamSearch, generate, loadGpt2 } from "@dylora/model-gpt2";
 * import { useBackend } from "@dylora/tensor";
 *
 * // A model of one layer with made-up weights. A real one comes from openModelFolder of @dylora/io/node.
 * const config = { model_type: "gpt2", vocab_size: 8, n_embd: 4, n_layer: 1, n_head: 2, n_positions: 16 };
 * const shapes: Record<string, number[]> = {
 *   "wte.weight": [8, 4], "wpe.weight": [16, 4], "ln_f.weight": [4], "ln_f.bias": [4],
 *   "h.0.ln_1.weight": [4], "h.0.ln_1.bias": [4], "h.0.attn.c_attn.weight": [4, 12], "h.0.attn.c_attn.bias": [12],
 *   "h.0.attn.c_proj.weight": [4, 4], "h.0.attn.c_proj.bias": [4], "h.0.ln_2.weight": [4], "h.0.ln_2.bias": [4],
 *   "h.0.mlp.c_fc.weight": [4, 16], "h.0.mlp.c_fc.bias": [16], "h.0.mlp.c_proj.weight": [16, 4], "h.0.mlp.c_proj.bias": [4],
 * };
 * const tensors = Object.entries(shapes).map(([name, shape]): [string, { shape: number[]; data: Float32Array }] => {
 *   return [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i * i)) }];
 * });
 *
 * await useBackend(wasmBackend());
 * const model = await loadGpt2({ config, weights: memoryWeights(new Map(tensors)) });
 * const adapted = attach(model, { rank: 4 });
 * const texts = await generate(adapted, {
 *   promptIds: [[1, 2, 3], [4]],
 *   maxNewTokens: 5,
 *   decoding: beamSearch({ beams: 3 }),
 *   view: { ranks: [1, 4] }, // a rank for each prompt
 * });
 * for (const { prompt, tokens, score } of texts) console.log(prompt, tokens, score);
 * model.dispose();
 * ```
 */
export async function generate(
  adapted: AdaptedModel<CausalInputs>,
  options: GenerateOptions,
): Promise<GeneratedText[]> {
  const { prompts, decoding, view, batchSize, task } = checkGeneration(adapted, options);
  const { maxNewTokens } = task;
  const { signal, onProgress, tokenizer, useCache = true } = options;
  const byLength = [...prompts].sort((a, b) => b.ids.length - a.ids.length);
  const finished = new Map<number, FinishedText[]>();
  let tokens = 0;
  for (let from = 0; from < byLength.length; from += batchSize) {
    const batch = byLength.slice(from, from + batchSize);
    for await (const step of runTexts(batch, {
      adapted,
      view,
      decoder: decoding.start(task),
      useCache,
      maxNewTokens,
      signal,
    })) {
      for (const text of step.finished) {
        const { index } = text.prompt;
        finished.set(index, [...(finished.get(index) ?? []), text]);
      }
      tokens += step.continuations.length + step.finished.length;
      const inProgress = new Set(step.texts.map(({ prompt }) => prompt));
      onProgress?.({ finished: from + batch.length - inProgress.size, prompts: prompts.length, tokens });
    }
  }
  return prompts.flatMap(({ index }) =>
    (finished.get(index) ?? [])
      .sort((a, b) => a.sample - b.sample)
      .map((text): GeneratedText => {
        return { prompt: index, tokens: text.tokens, text: textOf(text, tokenizer), end: text.end, score: text.score };
      }),
  );
}
