import { encodeExamples, lengthBucketedBatches, sequentialBatches } from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
import { splitExamples, type Task } from "./task.ts";
import { splitLines } from "./text-lines.ts";

const maxLength = 128;

/** A sentence is given one of several classes, by a small RoBERTa. Lines: sentence, tab, class. */
export const ratingTask: Task = {
  name: "rating",
  kind: "classification",
  taskType: "SEQ_CLS",
  folder: "quickstart",
  baseName: "examples/quickstart/model",
  maxLength,
  load: ({ config, weights }, classes) => loadRoberta({ config, weights, head: sequenceClassification(classes) }),
  read(lines, { tokenizer }) {
    const pairs = splitLines(lines, "\t", ["a sentence", "its class"]);
    const labels = [...new Set(pairs.map(([, label]) => label))].sort();
    if (labels.length < 2) {
      throw new ConfigError("bad_lines", `every line has the class "${labels[0]}"; there must be at least two classes`);
    }
    const examples = pairs.map(([text, label]) => ({ text, label: labels.indexOf(label) }));
    const { training, held } = splitExamples(encodeExamples(tokenizer, examples, { maxLength }));
    const { padId } = tokenizer;
    const measured = sequentialBatches(held, { batchSize: 16, padId });
    return {
      data: lengthBucketedBatches(training, { batchSize: 16, seed: 0, padId }),
      held: Array.from({ length: measured.batchesPerEpoch }, (_, index) => measured.batch(index)),
      counts: { training: training.length, held: held.length },
      labels,
    };
  },
};
