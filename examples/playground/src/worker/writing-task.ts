import { encodeCompletions, lengthBucketedCausalBatches, sequentialCausalBatches } from "@dylora/data";
import { causalInputs } from "@dylora/lora-core";
import { loadGpt2 } from "@dylora/model-gpt2";
import { splitExamples, type Task } from "./task.ts";
import { splitLines } from "./text-lines.ts";

const maxLength = 128;
const arrow = " =>";

/** What stands between a meaning and its sentence when a prompt is read. */
export const promptOf = (meaning: string): string => `${meaning.trim()}${arrow}`;

/** A meaning is put into a sentence, by a small GPT-2. Lines: meaning, `=>`, sentence. */
export const writingTask: Task = {
  name: "writing",
  kind: "generation",
  taskType: "CAUSAL_LM",
  folder: "gpt2-e2e",
  baseName: "examples/gpt2-e2e/model",
  maxLength,
  load: ({ config, weights }) => loadGpt2({ config, weights }),
  read(lines, { tokenizer }) {
    const pairs = splitLines(lines, arrow, ["a meaning", "a sentence"]);
    const texts = pairs.map(([meaning, sentence]) => ({ prompt: promptOf(meaning), completion: ` ${sentence}` }));
    const { training, held } = splitExamples(encodeCompletions(tokenizer, texts, { maxLength }));
    const { padId } = tokenizer;
    const batches = lengthBucketedCausalBatches(training, { batchSize: 8, seed: 0, padId });
    const measured = sequentialCausalBatches(held, { batchSize: 8, padId });
    return {
      data: { batch: (index) => causalInputs(batches.batch(index)) },
      held: Array.from({ length: measured.batchesPerEpoch }, (_, index) => causalInputs(measured.batch(index))),
      counts: { training: training.length, held: held.length },
      labels: [],
    };
  },
};
