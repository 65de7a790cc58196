/** Which values of data such as `name[The Mill], food[Indian]` stand in a text word for word, and which do not. */
export interface FoundValues {
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

const SLOT = /[^,[\]]+\[([^[\]]+)\]/g;

/** Looks for the values of data in a text; undefined where the data have another form. A yes or a no is no word to look for. */
export function findValues(data: string, text: string): FoundValues | undefined {
  const values = Array.from(data.matchAll(SLOT), ([, value = ""]) => value.trim()).filter(
    (value) => !/^(yes|no)?$/i.test(value),
  );
  if (values.length === 0) return undefined;
  const said = text.toLowerCase();
  const isFound = (value: string): boolean => said.includes(value.toLowerCase());
  return { found: values.filter(isFound), missing: values.filter((value) => !isFound(value)) };
}

/** Whether a text says every value of data word for word. */
export const saysEveryValue = (data: string, text: string): boolean => findValues(data, text)?.missing.length === 0;

/** What was found, for people. */
export function describeValues({ found, missing }: FoundValues): string {
  const all = found.length + missing.length;
  if (missing.length === 0) return "Every value of the data stands in the text.";
  return `${found.length} of ${all} values of the data stand in the text. Missing: ${missing.join(", ")}.`;
}
