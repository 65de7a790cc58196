import type { Row } from "@dylora/finetune/memory";
import type { TaskName, TrainRow } from "../api.ts";

const arrow = " =>";

/** What stands between a meaning and its sentence when a prompt is read. */
export const promptOf = (meaning: string): string => `${meaning.trim()}${arrow}`;

/** What the page has for a task: files, and how rows of the page are trained on. */
export interface PageTask {
  /** Its name. */
  readonly name: TaskName;
  /** What it is for. */
  readonly purpose: "classification" | "generation";
  /** Folder of its model and adapter among the page's files. */
  readonly folder: string;
  /** The base model, as an exported adapter names it. */
  readonly baseName: string;
  /** Rows of a batch. */
  readonly batchSize: number;
  /** A row as it is trained on. */
  row(given: TrainRow): Row;
}

/** A sentence is given one of several classes, by a small RoBERTa. */
const rating: PageTask = {
  name: "rating",
  purpose: "classification",
  folder: "quickstart",
  baseName: "examples/quickstart/model",
  batchSize: 16,
  row: ([text, label]) => ({ text, label }),
};

/** A meaning is put into a sentence, by a small GPT-2. */
const writing: PageTask = {
  name: "writing",
  purpose: "generation",
  folder: "gpt2-e2e",
  baseName: "examples/gpt2-e2e/model",
  batchSize: 8,
  row: ([meaning, sentence]) => ({ prompt: promptOf(meaning), completion: ` ${sentence}` }),
};

/** The two things that the page does. */
export const tasks: Readonly<Record<TaskName, PageTask>> = { rating, writing };
