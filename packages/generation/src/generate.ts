import type { AdaptedModel, CausalInputs } from "@dylora/lora-core";
import { badSetting } from "./bad-setting.ts";
import { checkGeneration } from "./check-generation.ts";
import type { FinishedSequence } from "./decoding.ts";
import { type GeneratedText, textOf } from "./generated-text.ts";
import { type BatchSettings, type GenerateOptions, progressOf } from "./generation-settings.ts";
import { runTexts } from "./run-texts.ts";
import type { Prompt } from "./sequence.ts";

/** The longest prompts first, so that padding is least, or as the caller says. */
function batchesOf(
  prompts: readonly Prompt[],
  batchSize: number,
  given: BatchSettings["batches"],
): readonly (readonly Prompt[])[] {
  if (given === undefined) {
    const byLength = [...prompts].sort((a, b) => b.ids.length - a.ids.length);
    const starts = Array.from({ length: Math.ceil(byLength.length / batchSize) }, (_, index) => index * batchSize);
    return starts.map((from) => byLength.slice(from, from + batchSize));
  }
  const taken = new Set<number>();
  return given
    .filter((batch) => batch.length > 0)
    .map((batch) =>
      batch.map((index) => {
        const prompt = prompts[index];
        if (prompt === undefined || taken.has(index)) {
          throw badSetting("batches", index, `numbers of prompts, 0 to ${prompts.length - 1}, each at most once`);
        }
        taken.add(index);
        return prompt;
      }),
    );
}

const inOrder = (texts: readonly FinishedSequence[]): FinishedSequence[] =>
  [...texts].sort((a, b) => a.prompt.index - b.prompt.index || a.sample - b.sample);

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
 * import { beamSearch, generate } from "@dylora/generation";
 * import { loadGpt2 } from "@dylora/model-gpt2";
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
 *   decoding: beamSearch({ numBeams: 3 }),
 *   view: { ranks: [1, 4] }, // a rank for each prompt
 * });
 * for (const { prompt, tokens, score } of texts) console.log(prompt, tokens, score);
 * model.dispose();
 * ```
 */
export async function generate(
  adapted: AdaptedModel<CausalInputs>,
  options: GenerateOptions & BatchSettings,
): Promise<GeneratedText[]> {
  const { prompts, decoding, view, batchSize, task } = checkGeneration(adapted, options);
  const { maxNewTokens } = task;
  const { signal, onProgress, onTexts, tokenizer, useCache = true } = options;
  const batches = batchesOf(prompts, batchSize, options.batches);
  const total = batches.reduce((sum, batch) => sum + batch.length, 0);
  const texts: GeneratedText[] = [];
  let tokens = 0;
  let finished = 0;
  for (const batch of batches) {
    const complete: FinishedSequence[] = [];
    for await (const step of runTexts(batch, {
      adapted,
      view,
      decoder: decoding.start(task),
      useCache,
      maxNewTokens,
      signal,
    })) {
      complete.push(...step.finished);
      tokens += step.continuations.length + step.finished.length;
      const inProgress = new Set(step.texts.map(({ prompt }) => prompt));
      onProgress?.(progressOf(finished + batch.length - inProgress.size, total, tokens));
    }
    finished += batch.length;
    const written = inOrder(complete).map(
      (text): GeneratedText => ({
        prompt: text.prompt.index,
        tokens: text.tokens,
        text: textOf(text, task.eosTokenIds, tokenizer),
        finishReason: text.finishReason,
        score: text.score,
      }),
    );
    texts.push(...written);
    await onTexts?.(written);
  }
  return texts.sort((a, b) => a.prompt - b.prompt);
}
