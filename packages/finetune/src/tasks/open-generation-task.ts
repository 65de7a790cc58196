import { extname } from "node:path";
import { type NlgExample, type Recorded, toPromptCompletions } from "@dylora/data";
import { ConfigError, DyloraError, showValue } from "@dylora/errors";
import { checkDataFolder } from "./data-folder.ts";
import { generationEvaluationSet, generationTrainingSet } from "./generation-sets.ts";
import { findNlgFile, type GenerationTaskName, promptsOf, readNlgFile } from "./nlg-files.ts";
import { nlgScorings } from "./nlg-metrics.ts";
import { noteSameSplits, readingNotes } from "./reading-notes.ts";
import type { OpenTask, TaskSettings } from "./task.ts";

/** Most tokens of prompt and completion where nothing is said: what the LoRA paper trains with. */
const DEFAULT_MAX_LENGTH = 512;

/**
 * Opens a task that generates text.
 *
 * @param note told what was left out, cut, or looks odd
 * @throws ConfigError `option_missing` or `bad_option`; FormatError `file_missing`
 */
export async function openGenerationTask(
  settings: TaskSettings & { readonly task: GenerationTaskName },
  note: (line: string) => void,
): Promise<OpenTask> {
  const { task: name, data, skipBrokenRows, promptForm, lang } = settings;
  if (data === undefined) {
    throw new ConfigError("option_missing", `'data' is missing: the folder of ${name}'s files`);
  }
  if (data === "hub") {
    throw new ConfigError("bad_option", `'data' hub goes with GLUE tasks; name the folder of ${name}'s files`);
  }
  if (name === "jsonl" && promptForm !== undefined) {
    throw new ConfigError("bad_option", "'promptForm' goes with e2e, dart and webnlg; jsonl holds whole prompts");
  }
  if (name !== "webnlg" && lang !== undefined) {
    throw new ConfigError("bad_option", `'lang' goes with webnlg, not with ${name}`);
  }
  await checkDataFolder(data, name);
  const form = promptForm ?? "lora";
  const prompts = promptsOf(name, form);
  const fileOf = (split: string): Promise<string> => findNlgFile(name, data, split, () => undefined);

  async function read(split: string): Promise<Recorded<NlgExample>> {
    const notes = readingNotes(`${name}, ${split}`, skipBrokenRows, note);
    const path = await findNlgFile(name, data as string, split, note);
    const examples = await readNlgFile(name, path, { form, language: lang, onBrokenRow: notes.onBrokenRow });
    notes.tell(examples.remarks);
    if (examples.length > 0) return examples;
    const why = notes.broken() > 0 ? `: all of its ${notes.broken()} rows were left out` : "";
    throw new ConfigError("empty_split", `the ${split} split of ${name} holds no examples${why}`);
  }

  let learnt: Promise<string | undefined> | undefined;

  /** microsoft/LoRA's files hold other sentences than the release, and in the arrow form other contexts too. */
  async function noteOtherForm(split: string): Promise<void> {
    if (name !== "e2e" || split === "train") return;
    const [own, train] = [await fileOf(split), await fileOf("train").catch(() => undefined)];
    if (train === undefined || extname(own) === extname(train)) return;
    note(`${name}: train is read from ${train}, ${split} from ${own}; they write the same texts in different ways`);
  }

  /** A model that learnt to write one language is measured on another. */
  async function noteOtherLanguage(split: string, language: string | undefined): Promise<void> {
    if (name !== "webnlg" || split === "train" || language === undefined) return;
    learnt ??= findNlgFile(name, data as string, "train", () => undefined)
      .then((path) => readNlgFile(name, path, { form, language: lang, onBrokenRow: () => undefined }))
      .then((examples) => examples.language)
      .catch((error: unknown) => {
        // Without a training split that can be read there is nothing to compare with.
        if (DyloraError.isInstance(error) || (error instanceof Error && "code" in error)) return undefined;
        throw error;
      });
    const trained = await learnt;
    if (trained === undefined || trained === language) return;
    note(
      `${name}: the train split is in ${showValue(trained)}, ${split} in ${showValue(language)}: what is measured is not what was learnt`,
    );
  }
  return {
    name,
    kind: "generation",
    labels: [],
    evaluationSplit: "validation",
    defaultMaxLength: DEFAULT_MAX_LENGTH,
    promptForm: name === "jsonl" ? undefined : form,
    async training(tools) {
      const examples = await read("train");
      learnt = Promise.resolve(examples.language);
      const pairs = toPromptCompletions(examples, prompts);
      return generationTrainingSet({ pairs, title: `${name}, train`, placeOf: examples.placeOf, note }, tools);
    },
    async evaluation(split, tools, settings) {
      const examples = await read(split);
      await noteSameSplits(split, fileOf, note);
      await noteOtherForm(split);
      await noteOtherLanguage(split, examples.language);
      return generationEvaluationSet({ split, examples, prompts, scoring: nlgScorings[name], note }, tools, settings);
    },
  };
}
