import { showValue } from "@dylora/errors";
import { badModelConfig as bad } from "./config-fields.ts";
import type { ProblemType } from "./model-descriptor.ts";

const problemTypes: readonly string[] = ["single_label_classification", "multi_label_classification", "regression"];

/**
 * Reads `problem_type`.
 *
 * @returns undefined where the configuration does not say
 * @throws FormatError `bad_model_config` for a word that transformers does not know
 */
export function problemTypeOf(value: unknown): ProblemType | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && problemTypes.includes(value)) return value as ProblemType;
  throw bad(`problem_type is ${showValue(value)}; it must be one of ${problemTypes.join(", ")}`);
}

function nameOf(value: unknown, id: number): string {
  if (value === null) return `LABEL_${id}`;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw bad(`id2label names class ${id} ${showValue(value)}; a name is a text`);
}

/** The ids that `label2id` gives to names. It is read for contradictions alone, as transformers predicts by id2label. */
function* idsByName(label2id: unknown): Generator<readonly [name: string, id: number]> {
  if (typeof label2id !== "object" || label2id === null) return;
  for (const [name, value] of Object.entries(label2id)) {
    const id = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof id === "number") yield [name, id];
  }
}

/**
 * Class names by id.
 *
 * @param id2label the table of that name: its keys are ids, in any order
 * @param label2id the table of that name. Where it says otherwise of a name, nobody can tell which one the model was
 * trained by: transformers predicts by the one and trains by the other
 * @returns undefined where there is no `id2label`
 * @throws FormatError `bad_model_config` for ids that are not 0, 1, 2, … without a gap, and for a contradiction
 */
export function labelsOf(id2label: unknown, label2id: unknown): string[] | undefined {
  if (id2label === undefined || id2label === null) return undefined;
  if (typeof id2label !== "object" || Array.isArray(id2label)) {
    throw bad(`id2label is ${showValue(id2label)}; it must be a table of names by id`);
  }
  const entries = Object.entries(id2label);
  const names = new Map<number, string>();
  for (const [key, value] of entries) {
    const id = /^\s*\d+\s*$/.test(key) ? Number(key) : -1;
    if (id < 0 || id >= entries.length || names.has(id)) {
      throw bad(
        `id2label has the key ${showValue(key)}; its ${entries.length} keys must be the ids 0 to ${entries.length - 1}, each once`,
      );
    }
    names.set(id, nameOf(value, id));
  }
  const labels = Array.from(entries, (_, id) => names.get(id) as string);
  const known = new Map<string, Set<number>>();
  labels.forEach((name, id) => {
    known.set(name, (known.get(name) ?? new Set()).add(id));
  });
  for (const [name, id] of idsByName(label2id)) {
    const ids = known.get(name);
    if (ids === undefined || ids.has(id)) continue;
    const [said] = ids;
    throw bad(`id2label gives ${showValue(name)} the id ${said} and label2id gives it ${id}; make them agree`);
  }
  return labels;
}
