import type { RobertaConfig } from "./config.ts";

/** How the outputs of a trained head serve the classes of a task. */
export interface ClassMatch {
  /** Row of the trained projection for each class of the task; undefined where none of them serves. */
  readonly rows: readonly number[] | undefined;
  /** What a person should know about it. */
  readonly warning: string | undefined;
}

/** Names that stand for nothing but their place: those that transformers makes up, and numbers. */
const generic = (names: readonly string[]): boolean => names.every((name) => /^(label_)?\d+$/i.test(name.trim()));

/** A name without what spellings differ by: case, `_` or `-` for a space, transformers' `LABEL_` before a number. */
const folded = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^label_(?=\d+$)/, "")
    .replaceAll(/[\s_-]+/g, " ");

/**
 * Where each wanted name is among others, as written or else in whatever spelling.
 *
 * @returns undefined unless both are the same names, each once
 */
function placesOf(wanted: readonly string[], names: readonly string[]): number[] | undefined {
  for (const form of [(name: string) => name, folded]) {
    const places = new Map(names.map((name, place) => [form(name), place]));
    const found = wanted.map((name) => places.get(form(name)));
    const each = new Set(found).size === names.length && places.size === names.length;
    if (each && found.every((place) => place !== undefined)) return found;
  }
  return undefined;
}

const listed = (names: readonly string[]): string =>
  names.length > 6 ? `${names.slice(0, 6).join(", ")}, …` : names.join(", ");

/**
 * Matches the outputs of a trained head with the classes of a task: by name, as transformers' `run_glue` does, and by
 * place only where one side has no names. Classes of other names are other classes: their outputs would start a task
 * with confident mistakes.
 *
 * @param wanted names of the task's classes in its order
 * @param config of the model that the head belongs to; the head has as many outputs
 */
export function matchClasses(
  wanted: readonly string[],
  config: Pick<RobertaConfig, "labels" | "problemType">,
): ClassMatch {
  const labels = config.labels?.length === wanted.length ? config.labels : undefined;
  if (config.problemType === "regression") {
    return {
      rows: undefined,
      warning: "its head was trained to give numbers (problem_type regression), not classes: a new one is made",
    };
  }
  const several =
    config.problemType === "multi_label_classification" ? "; it was trained to give several labels at once" : "";
  const places = labels === undefined ? undefined : placesOf(wanted, labels);
  if (places !== undefined && labels !== undefined) {
    if (places.every((place, id) => place === id)) {
      return { rows: places, warning: several === "" ? undefined : `its head is taken over${several}` };
    }
    const warning = `its head has the task's classes in another order (${listed(labels)}): they are matched by name, to ${listed(wanted)}${several}`;
    return { rows: places, warning };
  }
  if (labels === undefined || generic(labels) || generic(wanted)) {
    const pairs = listed(wanted.map((name, id) => `${labels?.[id] ?? id} as ${name}`));
    const warning = `nothing names the classes of its head and the task's alike: they are taken by place (${pairs})${several}`;
    return { rows: wanted.map((_, id) => id), warning };
  }
  const warning = `its head was trained for other classes (${listed(labels)}) than the task's (${listed(wanted)}): a new one is made`;
  return { rows: undefined, warning };
}
