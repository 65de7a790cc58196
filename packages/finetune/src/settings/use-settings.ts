import type { FolderDecodingSettings } from "./decoding-settings.ts";
import type { BackendSettings } from "./training-settings.ts";

/** Which model with which adapter, at which rank. */
export interface UseSettings extends BackendSettings {
  /** Base model: a folder or a hub name. Default: the one that the adapter names. */
  readonly base?: string | undefined;
  /** A package, or the path of a script, that exports the `descriptor` of the base model's family. Default: ours. */
  readonly model?: string | undefined;
  /** Run folder, PEFT folder or hub name. Default: the base model alone. */
  readonly adapter?: string | undefined;
  /** Rank to use. Default: the adapter's highest. */
  readonly rank?: number | undefined;
}

/** Where lines come from and go to. */
export interface LineSettings {
  /** JSON Lines to read; `-` is the standard input that is passed in. */
  readonly input?: string | undefined;
  /** JSON Lines to write; `-` is the standard output that is passed in. */
  readonly output?: string | undefined;
  /** Go on with what an earlier process left in `<output>.partial`. */
  readonly resume: boolean;
}

/** Settings of `predictFile`. */
export interface PredictSettings extends UseSettings, LineSettings {
  /** Inputs in a batch. */
  readonly batchSize: number;
  /** Most tokens of a text. Default: as in training, else the tokenizer's, else the model's limit. */
  readonly maxLength?: number | undefined;
  /** Refuse a head that has not so many outputs. */
  readonly numLabels?: number | undefined;
}

/** Settings of `generateFile`. */
export interface GenerateSettings extends UseSettings, LineSettings, FolderDecodingSettings {
  /** How data become prompts. Default: the form that the adapter was trained with. */
  readonly promptForm?: "lora" | "arrow" | undefined;
  /** A file of WebNLG: only triples with a text in this language. */
  readonly lang?: string | undefined;
  /** Of a prompt that is too long keep the last tokens; else it is refused. */
  readonly cutPrompts: boolean;
  /** Prompts that run side by side. */
  readonly batchSize: number;
}

/** Settings of `evaluateFiles`. */
export interface EvaluateSettings {
  /** Which scripts to score as. */
  readonly task: "e2e" | "webnlg" | "dart";
  /** The predictions. */
  readonly predictions?: string | undefined;
  /** The references: a file or a folder. */
  readonly references?: string | undefined;
  /** WebNLG: language of the references. */
  readonly lang?: string | undefined;
  /** Predictions of each instance, the best first, which alone is scored. */
  readonly numReturnSequences: number;
  /** METEOR's synonyms: WordNet's `dict` folder, or the folder of `english.synsets`. */
  readonly wordnet?: string | undefined;
  /** METEOR's paraphrases. */
  readonly paraphrases?: string | undefined;
  /** Score both sides in lower case. */
  readonly lowercase: boolean;
  /** Set punctuation apart on both sides first. */
  readonly tokenize: boolean;
  /** WebNLG and DART: references of each instance. */
  readonly refNum?: number | undefined;
  /** Level of bootstrap intervals. Default: none. */
  readonly confidence?: number | undefined;
  /** Resamples of the bootstrap. */
  readonly resamples: number;
}

/** Settings of `exportAdapter` on a source by its name. */
export interface ExportSettings extends BackendSettings {
  /** Rank to export. */
  readonly rank?: number | undefined;
  /** Folder to write. */
  readonly out?: string | undefined;
  /** Base model: a folder or a hub name. Default: the one that the source names. */
  readonly base?: string | undefined;
  /** A package, or the path of a script, that exports the `descriptor` of the base model's family. Default: ours. */
  readonly model?: string | undefined;
  /** Write full weights, with the adapter folded in. */
  readonly merge: boolean;
  /** Type of merged weights. */
  readonly dtype: "float32" | "float16" | "bfloat16";
  /** Replace what an earlier export left in the folder. */
  readonly overwrite: boolean;
}
