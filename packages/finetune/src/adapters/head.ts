import { ConfigError } from "@dylora/errors";
import type { ProblemType } from "@dylora/lora-core";
import type { BaseModel } from "../models/base-model.ts";
import type { AdapterSource } from "./adapter-source.ts";

/** The head that a model is loaded with, and what its outputs mean. */
export interface Head {
  /** Number of outputs. */
  readonly outputs: number;
  /** Classes, or a number. */
  readonly kind: "classification" | "regression";
  /** What the outputs mean, as transformers names it. */
  readonly problemType: ProblemType;
  /** Class names; undefined where they are not known. */
  readonly labels: readonly string[] | undefined;
}

/** Outputs of the head that a base model has of its own; undefined where it has none. */
export function ownOutputs({ architecture, folder: { weights } }: Pick<BaseModel, "architecture" | "folder">) {
  const name = `${architecture.projection}.weight`;
  return architecture.projection !== undefined && weights.has(name) ? weights.shape(name)[0] : undefined;
}

/** Names that transformers makes up when nobody gave any. */
export const madeUp = (labels: readonly string[]): boolean => labels.every((name, id) => name === `LABEL_${id}`);

/**
 * What outputs mean. An adapter that says what it was trained for knows best; else the base's configuration holds, as it
 * does for PEFT, and one output is a regression where nothing is said, as transformers trains it.
 */
function problemTypeFor({ kind }: AdapterSource, configured: ProblemType | undefined, outputs: number): ProblemType {
  if (kind === "regression") return "regression";
  if (kind === "classification") return "single_label_classification";
  if (outputs === 1 && configured !== "multi_label_classification") return "regression";
  return configured ?? "single_label_classification";
}

/**
 * The head of an adapter, or else the base model's own.
 *
 * @param asked number of outputs that the person named
 * @throws ConfigError `label_count_mismatch`, `head_missing` when neither has a trained head, `option_missing`
 */
export function headOf(source: AdapterSource, base: BaseModel, asked: number | undefined): Head {
  const { architecture, name } = base;
  const outputs = source.outputs ?? ownOutputs(base);
  if (outputs === undefined) {
    throw new ConfigError(
      "head_missing",
      `neither ${name} nor an adapter brings a classification head: give 'adapter' with one that was trained with a head`,
    );
  }
  if (asked !== undefined && asked !== outputs) {
    throw new ConfigError("label_count_mismatch", `'numLabels' is ${asked}; the head has ${outputs} outputs`);
  }
  const problemType = problemTypeFor(source, architecture.problemType, outputs);
  const kind = problemType === "regression" ? "regression" : "classification";
  const candidates = [source.labels, architecture.labels].filter((labels) => labels?.length === outputs);
  const labels = candidates.find((names) => names !== undefined && !madeUp(names));
  return { outputs, kind, problemType, labels };
}
