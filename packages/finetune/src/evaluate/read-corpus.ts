import { resolve } from "node:path";
import { FormatError, showValue } from "@dylora/errors";
import type { FileContext } from "../context.ts";
import { inputName } from "../files/input-file.ts";
import { type PredictionFile, readPredictions } from "./read-predictions.ts";
import { type ReferenceFile, readReferences } from "./read-references.ts";
import { plainSource } from "./source-text.ts";

/** Predictions with the references of each. */
export interface Corpus {
  /** A text for each instance. */
  readonly predictions: readonly string[];
  /** For each instance its references. */
  readonly references: readonly (readonly string[])[];
  /** What the files were taken for, for people. */
  readonly forms: readonly [predictions: string, references: string];
}

/** How files are paired. */
export interface CorpusOptions {
  /** Whose data files the references may be. */
  readonly task?: string;
  /** Predictions of each instance, the best first, which alone is scored. Default 1. */
  readonly numReturnSequences?: number;
  /** WebNLG: language of the references, where the file holds several. */
  readonly lang?: string | undefined;
}

interface Names {
  readonly file: string;
  readonly other: string;
}

function mismatch(place: string, found: number, wanted: number, { file, other }: Names, hint: string): FormatError {
  const right = "each prediction is a line, each instance a group of lines with a blank line after it";
  return new FormatError(
    "prediction_reference_mismatch",
    `${place}: ${file} holds ${found} predictions and ${other} references for ${wanted} instances; ${hint === "" ? right : hint}`,
    { details: { predictions: found, references: wanted } },
  );
}

/** What may have led to other numbers of predictions and instances. */
function hintFor({ texts }: PredictionFile, { groups }: ReferenceFile): string {
  const [found, wanted] = [texts.length, groups.length];
  if (found > wanted && texts.slice(wanted).every((text) => text === "")) {
    return `the last ${found - wanted} lines are empty: remove them`;
  }
  if (found > wanted && found % wanted === 0) {
    const each = found / wanted;
    return `where there are ${each} predictions for each instance, one after the other, 'numReturnSequences' ${each} scores the first of them`;
  }
  const isGrouped = texts.some((text, index) => text === "" && index > 0 && index < found - 1);
  if (isGrouped && groups.every(({ references }) => references.length === 1)) {
    return "are 'predictions' and 'references' the wrong way round? The predictions have blank lines between them, as references do";
  }
  return "";
}

/** Puts references into the order of predictions by what both say they are of. */
function matched(
  predictions: PredictionFile,
  { groups }: ReferenceFile,
  names: Names,
  note: (line: string) => void,
): ReferenceFile["groups"] | undefined {
  if (predictions.sources === undefined || groups.some(({ source }) => source === undefined)) return undefined;
  const own = predictions.sources.map(plainSource);
  const others = groups.map(({ source = "" }) => plainSource(source));
  if (own.length === others.length && own.every((source, index) => source === others[index])) return groups;
  const known = new Map(others.map((source, index) => [source, index]));
  const unknown = own.findIndex((source) => !known.has(source));
  const line = (index: number) => `${names.file}, line ${predictions.lineOf(index)}`;
  if (unknown >= 0) {
    throw new FormatError(
      "prediction_reference_mismatch",
      `${line(unknown)}: ${names.other} has no references for ${showValue(predictions.sources[unknown])}; the files are not of the same data`,
      { details: { predictions: own.length, references: others.length } },
    );
  }
  if (own.length !== others.length) return undefined;
  if (known.size !== others.length || new Set(own).size !== own.length) {
    throw new FormatError(
      "prediction_reference_mismatch",
      `${names.file} and ${names.other} name the same data in another order, and some several times: it is not known which references a text has; bring them into one order`,
    );
  }
  note(`${names.file} has another order than ${names.other}: references were found by what the texts are of`);
  return own.map((source) => groups[known.get(source) as number] as ReferenceFile["groups"][number]);
}

/** Some predictions of a file. */
const pick = (file: PredictionFile, indices: readonly number[]): PredictionFile => ({
  ...file,
  texts: indices.map((index) => file.texts[index] as string),
  sources: file.sources === undefined ? undefined : indices.map((index) => file.sources?.[index] as string),
  lineOf: (index) => file.lineOf(indices[index] ?? index),
});

/** The first of each group of predictions. */
const firstOfEach = (file: PredictionFile, count: number): PredictionFile =>
  pick(
    file,
    [...file.texts.keys()].filter((index) => index % count === 0),
  );

/**
 * One prediction for each instance where there is one for each row of the references, as `generate` writes them for a
 * file that repeats a prompt with every completion: `sweep` and `gpt2_decode.py` score each prompt once.
 */
function oneForEach(
  predictions: PredictionFile,
  { groups, instanceOfRow = [] }: ReferenceFile,
  { file, other }: Names,
  note: (line: string) => void,
): PredictionFile {
  if (instanceOfRow.length === groups.length || instanceOfRow.length !== predictions.texts.length) return predictions;
  const first = groups.map((_, instance) => instanceOfRow.indexOf(instance));
  note(
    `${file} holds a text for each of the ${instanceOfRow.length} lines of ${other}, which are ${groups.length} instances: the first text of each is scored`,
  );
  return pick(predictions, first);
}

/**
 * Instances whose source comes again further down. Each time they are instances of their own, as in measure_scores.py,
 * unless there is one prediction for each source.
 */
function repeatedSources(
  { texts }: PredictionFile,
  file: ReferenceFile,
  { other }: Names,
  note: (line: string) => void,
): ReferenceFile {
  const bySource = new Map<string, ReferenceFile["groups"][number]>();
  for (const group of file.groups) {
    if (group.source === undefined) return file;
    const known = bySource.get(group.source);
    const references = [...(known?.references ?? []), ...group.references];
    bySource.set(group.source, { ...(known ?? group), references });
  }
  if (bySource.size === file.groups.length) return file;
  const repeated = `${other}: ${file.groups.length - bySource.size} of ${file.groups.length} groups of rows are of a source that came before`;
  if (texts.length === bySource.size) {
    note(`${repeated}; there is one prediction for each source, so its references are put together`);
    return { ...file, groups: [...bySource.values()] };
  }
  note(
    `${repeated}; each is an instance of its own, as in measure_scores.py, where sweep puts the references of a source together`,
  );
  return file;
}

/** References without those that are no text. */
function withoutEmpty(file: ReferenceFile, other: string, note: (line: string) => void): ReferenceFile {
  const groups = file.groups.map((group) => ({
    ...group,
    references: group.references.filter((text) => text.trim() !== ""),
  }));
  const count = (all: ReferenceFile["groups"]) => all.reduce((sum, { references }) => sum + references.length, 0);
  const empty = count(file.groups) - count(groups);
  if (empty > 0) note(`${other}: ${empty} empty references left out`);
  return { ...file, groups };
}

/**
 * Leaves out data that has no reference, and the predictions for it: `generate` writes a text for every set of triples,
 * also where annotators called no text good.
 *
 * @throws FormatError `empty_instance` where nothing is left
 */
function scorable(
  predictions: PredictionFile,
  file: ReferenceFile,
  names: Names,
  note: (line: string) => void,
): { readonly predictions: PredictionFile; readonly references: ReferenceFile } {
  const all = withoutEmpty(file, names.other, note);
  const bare = all.groups.filter(({ references }) => references.length === 0);
  const [firstBare] = bare;
  if (firstBare === undefined) return { predictions, references: all };
  const references = { ...all, groups: all.groups.filter(({ references: { length } }) => length > 0) };
  const place = `the first ${firstBare.place}`;
  if (references.groups.length === 0) {
    throw new FormatError("empty_instance", `${names.other} holds no reference: ${bare.length} instances, ${place}`);
  }
  const sources = predictions.sources?.map(plainSource);
  const unscored = new Set(bare.flatMap(({ source }) => (source === undefined ? [] : [plainSource(source)])));
  const inOrder = predictions.texts.length === all.groups.length;
  const isLeft = (index: number): boolean =>
    sources === undefined || unscored.size < bare.length
      ? !inOrder || all.groups[index]?.references.length !== 0
      : !unscored.has(sources[index] as string);
  const left = predictions.texts.flatMap((_, index) => (isLeft(index) ? [index] : []));
  const leftOut = predictions.texts.length - left.length;
  note(
    `${names.other}: ${bare.length} instances have no reference, ${place}; they and ${leftOut} predictions for them are not scored`,
  );
  return { references, predictions: pick(predictions, left) };
}

/**
 * Reads predictions and references, each in any of the forms that are known, and pairs them: by what both say they are
 * of, else by their order.
 *
 * @throws FormatError `prediction_reference_mismatch` naming the first that has no counterpart; as
 * {@link readPredictions} and {@link readReferences}
 */
export async function readCorpus(
  predictionFile: string,
  referenceFile: string,
  context: FileContext,
  { task = "e2e", numReturnSequences = 1, lang }: CorpusOptions = {},
): Promise<Corpus> {
  const all = await readPredictions(predictionFile, context);
  const read = await readReferences(referenceFile, { task, language: lang }, context);
  const names = { file: inputName(predictionFile), other: inputName(referenceFile) };
  if (predictionFile !== "-" && resolve(predictionFile) === resolve(referenceFile)) {
    context.note(`${names.file} is given as predictions and as references: it is scored against itself`);
  }
  if (all.texts.length % numReturnSequences !== 0) {
    const hint = `'numReturnSequences' ${numReturnSequences} does not divide the number of predictions`;
    throw mismatch(names.file, all.texts.length, read.groups.length, names, hint);
  }
  const first = numReturnSequences === 1 ? all : firstOfEach(all, numReturnSequences);
  const instances = repeatedSources(first, read, names, context.note);
  const { predictions, references } = scorable(
    oneForEach(first, instances, names, context.note),
    instances,
    names,
    context.note,
  );
  const groups = matched(predictions, references, names, context.note) ?? references.groups;
  const [found, wanted] = [predictions.texts.length, groups.length];
  if (found !== wanted) {
    const place =
      found > wanted
        ? `${names.file}, line ${predictions.lineOf(wanted)}: this prediction has no references`
        : `${names.other}, ${groups[found]?.place}: these references have no prediction`;
    throw mismatch(place, found, wanted, names, hintFor(predictions, references));
  }
  return {
    predictions: predictions.texts,
    references: groups.map((group) => group.references),
    forms: [all.form, references.form],
  };
}
