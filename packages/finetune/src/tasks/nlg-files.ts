import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type BrokenRowHandler,
  type NlgExample,
  type PromptForm,
  type Recorded,
  strip,
  withRecord,
} from "@dylora/data";
import { readDart, readE2e, readPromptCompletions, readWebNlg } from "@dylora/data/node";
import { ConfigError, FormatError, showValue } from "@dylora/errors";
import { type PromptFormName, promptForms } from "./prompt-forms.ts";

/** Names of the tasks that generate text. */
export const generationTasks = ["e2e", "dart", "webnlg", "jsonl"] as const;

/** The name of a task that generates text. */
export type GenerationTaskName = (typeof generationTasks)[number];

/** Whether a name is that of a task that generates text. */
export const isGenerationTask = (name: string): name is GenerationTaskName =>
  (generationTasks as readonly string[]).includes(name);

/** Prompts and completions as a file holds them: nothing is added. */
const asTheyAre: PromptForm = { prompt: (context) => context, completion: (text) => text };

/** How a task's files are read. */
export interface NlgReading {
  /** How contexts are written. */
  readonly form: PromptFormName;
  /** WebNLG's language; undefined: the one there is. */
  readonly language?: string | undefined;
  /** Called for each row that cannot be used, in formats of rows. */
  readonly onBrokenRow: BrokenRowHandler;
}

/** How a task's files are found and read. */
interface FileReader {
  /** Names of the files of each split: the first that a folder holds is read. */
  readonly files: Readonly<Record<string, readonly (string | RegExp)[]>>;
  read(path: string, options: NlgReading): Promise<Recorded<NlgExample>>;
}

const splitNames = { train: ["train"], validation: ["validation", "valid", "dev"], test: ["test"] } as const;

const bySplit = (namesFor: (word: string) => readonly (string | RegExp)[]): FileReader["files"] =>
  Object.fromEntries(Object.entries(splitNames).map(([split, words]) => [split, words.flatMap(namesFor)]));

const readers: Readonly<Record<GenerationTaskName, FileReader>> = {
  e2e: {
    // The release, the cleaned release, microsoft/LoRA's files.
    files: {
      train: ["trainset.csv", "train.csv", "train-fixed.no-ol.csv", "train.txt"],
      validation: ["devset.csv", "validation.csv", "dev.csv", "devel-fixed.no-ol.csv", "valid.txt"],
      test: ["testset_w_refs.csv", "test.csv", "test-fixed.csv", "test.txt"],
    },
    // The arrow form is written after meaning representations as they are.
    read: (path, { form, onBrokenRow }) =>
      readE2e(path, { onBrokenRow, ...(form === "arrow" ? { contextOf: strip } : {}) }),
  },
  dart: {
    files: bySplit((word) => [`dart-v1.1.1-full-${word}`, word].flatMap((name) => [`${name}.json`, `${name}.xml`])),
    read: (path) => readDart(path),
  },
  webnlg: {
    // The JSON of releases 2 and 2.1 is called webnlg_release_v2.1_train.json.
    files: bySplit((word) => [`${word}.json`, `${word}.xml`, word, new RegExp(`^webnlg_.*_${word}\\.json$`)]),
    read: (path, { language }) => readWebNlg(path, language === undefined ? {} : { language }),
  },
  jsonl: {
    files: bySplit((word) => [`${word}.jsonl`, `${word}.json`]),
    async read(path, { onBrokenRow }) {
      const pairs = await readPromptCompletions(path, { onBrokenRow, format: "jsonl" });
      const examples = pairs.map(({ prompt, completion }) => ({ context: prompt, text: completion }));
      return withRecord(examples, pairs);
    },
  },
};

/** Files that a message names. */
const show = (names: readonly (string | RegExp)[]): string => names.map((name) => String(name)).join(", ");

/**
 * The file, or folder, of a split.
 *
 * @param note told which file is read where a folder holds several
 * @throws ConfigError `unknown_split`; FormatError `file_missing`
 */
export async function findNlgFile(
  task: GenerationTaskName,
  folder: string,
  split: string,
  note: (line: string) => void,
): Promise<string> {
  const { files } = readers[task];
  const names = Object.hasOwn(files, split) ? files[split] : undefined;
  if (names === undefined) {
    throw new ConfigError(
      "unknown_split",
      `task ${task} has no split ${showValue(split)}; it has ${Object.keys(files).join(", ")}`,
    );
  }
  const present = (await readdir(folder)).sort();
  const found = names.flatMap((name) =>
    present.filter((one) => (typeof name === "string" ? name === one : name.test(one))),
  );
  const [first, ...others] = found;
  if (first === undefined) {
    throw new FormatError("file_missing", `${folder} holds no ${split} split of ${task}; looked for ${show(names)}`, {
      details: { path: folder, looked: names.map(String) },
    });
  }
  if (others.length > 0)
    note(`${task}, ${split}: read from ${first}; ${others.join(", ")} in the same folder is not read`);
  return join(folder, first);
}

/**
 * Reads the file of a split.
 *
 * @throws FormatError as the readers of `@dylora/data`
 */
export const readNlgFile = (
  task: GenerationTaskName,
  path: string,
  reading: NlgReading,
): Promise<Recorded<NlgExample>> => readers[task].read(path, reading);

/** How the prompts of a task are written. */
export const promptsOf = (task: GenerationTaskName, form: PromptFormName): PromptForm =>
  task === "jsonl" ? asTheyAre : promptForms[form];
