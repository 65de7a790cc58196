import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ARROW_PROMPTS, type BrokenRowHandler, LORA_PROMPTS, type NlgExample, type PromptForm } from "@dylora/data";
import { readDart, readE2e, readPromptCompletions, readWebNlg } from "@dylora/data/node";
import { ConfigError, FormatError } from "@dylora/errors";

/** Names of the tasks that generate text. */
export const generationTasks = ["e2e", "dart", "webnlg", "jsonl"] as const;

/** The name of a task that generates text. */
export type GenerationTaskName = (typeof generationTasks)[number];

/** Whether a name is that of a task that generates text. */
export const isGenerationTask = (name: string): name is GenerationTaskName =>
  (generationTasks as readonly string[]).includes(name);

/** How contexts and texts become prompts and completions, by the value of `--prompt-form`. */
export const promptForms = { lora: LORA_PROMPTS, arrow: ARROW_PROMPTS } as const satisfies Record<string, PromptForm>;

/** Name of a prompt form. */
export type PromptFormName = keyof typeof promptForms;

/** Names of the prompt forms. */
export const promptFormNames = Object.keys(promptForms) as [PromptFormName, ...PromptFormName[]];

/** The form of a name; undefined where there is none of it. */
export const promptFormNamed = (name: string | undefined): PromptFormName | undefined =>
  promptFormNames.find((form) => form === name);

/** Prompts and completions as a file holds them: nothing is added. */
const asTheyAre: PromptForm = { prompt: (context) => context, completion: (text) => text };

/** How a task's files are found and read. */
interface FileReader {
  /** Names of the files of each split: the first that a folder holds is read. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  read(path: string, options: { form: PromptFormName; onBrokenRow?: BrokenRowHandler }): Promise<readonly NlgExample[]>;
}

const splitNames = { train: ["train"], validation: ["validation", "valid", "dev"], test: ["test"] } as const;

const bySplit = (namesFor: (word: string) => readonly string[]): FileReader["files"] =>
  Object.fromEntries(Object.entries(splitNames).map(([split, words]) => [split, words.flatMap(namesFor)]));

const readers: Readonly<Record<GenerationTaskName, FileReader>> = {
  e2e: {
    files: {
      train: ["trainset.csv", "train.csv", "train.txt"],
      validation: ["devset.csv", "validation.csv", "valid.txt"],
      test: ["testset_w_refs.csv", "test.csv", "test.txt"],
    },
    // The arrow form is written after meaning representations as they are.
    read: (path, { form, ...options }) =>
      readE2e(path, { ...options, ...(form === "arrow" ? { contextOf: (meaning: string) => meaning.trim() } : {}) }),
  },
  dart: {
    files: bySplit((word) => [`dart-v1.1.1-full-${word}`, word].flatMap((name) => [`${name}.json`, `${name}.xml`])),
    read: (path) => readDart(path),
  },
  webnlg: { files: bySplit((word) => [`${word}.json`, `${word}.xml`, word]), read: (path) => readWebNlg(path) },
  jsonl: {
    files: bySplit((word) => [`${word}.jsonl`, `${word}.json`]),
    async read(path, { form: _, ...options }) {
      const pairs = await readPromptCompletions(path, { ...options, format: "jsonl" });
      return pairs.map(({ prompt, completion }) => ({ context: prompt, text: completion }));
    },
  },
};

async function findFile(task: GenerationTaskName, folder: string, split: string): Promise<string> {
  const { files } = readers[task];
  const names = Object.hasOwn(files, split) ? files[split] : undefined;
  if (names === undefined) {
    throw new ConfigError(
      "unknown_split",
      `task ${task} has no split "${split}"; it has ${Object.keys(files).join(", ")}`,
    );
  }
  const present = await readdir(folder).catch((cause) => {
    throw new FormatError("file_missing", `--data ${folder}: there is no such folder`, { cause });
  });
  const found = names.find((name) => present.includes(name));
  if (found !== undefined) return join(folder, found);
  throw new FormatError(
    "file_missing",
    `${folder} holds no ${split} split of ${task}; looked for ${names.join(", ")}`,
    {
      details: { path: folder, looked: names },
    },
  );
}

/**
 * Reads a split of a task.
 *
 * @param onBrokenRow called for each row that cannot be used, in formats of rows; default: the first is thrown
 * @throws ConfigError `unknown_split`; FormatError `file_missing` and as the readers of `@dylora/data`
 */
export async function readNlgSplit(
  task: GenerationTaskName,
  folder: string,
  split: string,
  { form, onBrokenRow }: { readonly form: PromptFormName; readonly onBrokenRow?: BrokenRowHandler | undefined },
): Promise<readonly NlgExample[]> {
  const path = await findFile(task, folder, split);
  return readers[task].read(path, { form, ...(onBrokenRow === undefined ? {} : { onBrokenRow }) });
}

/** How the prompts of a task are written. */
export const promptsOf = (task: GenerationTaskName, form: PromptFormName): PromptForm =>
  task === "jsonl" ? asTheyAre : promptForms[form];
