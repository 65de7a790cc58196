import { FormatError } from "@dylora/errors";
import { parsePredictions, parseReferences } from "@dylora/eval/nlg";
import type { CommandContext } from "../context.ts";
import { inputName, readInputBytes } from "../input-file.ts";

/** Predictions with the references of each. */
export interface Corpus {
  /** A text for each instance. */
  readonly predictions: readonly string[];
  /** For each instance its references. */
  readonly references: readonly (readonly string[])[];
}

/** Line on which a group begins: a group takes its references and the blank line after them, if there are any. */
function lineOfGroup(groups: readonly (readonly string[])[], index: number, blankLines: boolean): number {
  return groups.slice(0, index).reduce((line, group) => line + group.length + (blankLines ? 1 : 0), 1);
}

/**
 * Reads predictions and references in the formats of e2e-metrics.
 *
 * @throws FormatError `prediction_reference_mismatch` naming the first line that has no counterpart; as
 * `parsePredictions` and `parseReferences`
 */
export async function readCorpus(
  predictionFile: string,
  referenceFile: string,
  context: CommandContext,
): Promise<Corpus> {
  const predictionBytes = await readInputBytes("--predictions", predictionFile, context);
  const referenceBytes = await readInputBytes("--references", referenceFile, context);
  const [file, other] = [inputName(predictionFile), inputName(referenceFile)];
  const predictions = parsePredictions(predictionBytes, file);
  const references = parseReferences(referenceBytes, other);
  const [found, wanted] = [predictions.length, references.length];
  if (found === wanted) return { predictions, references };
  const blankLines = /\n[^\S\n]*\n\s*\S/.test(Buffer.from(referenceBytes).toString());
  const place =
    found > wanted
      ? `${file}, line ${wanted + 1}: this prediction has no references`
      : `${other}, line ${lineOfGroup(references, found, blankLines)}: these references have no prediction`;
  throw new FormatError(
    "prediction_reference_mismatch",
    `${place}: ${file} holds ${found} predictions and ${other} references for ${wanted} instances; each prediction is a line, each instance a group of lines with a blank line after it`,
    { details: { predictions: found, references: wanted } },
  );
}
