import { printable, wrap } from "./display-width.ts";
import type { SweepFile } from "./sweep-file.ts";
import type { TerminalOptions } from "./table.ts";

/**
 * What the model wrote for some inputs, the ranks one below the other.
 *
 * @returns lines joined by newlines; undefined where there are no samples
 */
export function sampleLines(
  { samples = [] }: SweepFile,
  { width = 80, unicode = true }: TerminalOptions = {},
): string | undefined {
  if (samples.length === 0) return undefined;
  const blocks = samples.map(({ input, references = [], outputs }) => {
    const rows = [
      ...references.slice(0, 1).map((text) => ["reference", text] as const),
      ...outputs.map(({ rank, text }) => [`rank ${rank}`, text] as const),
    ];
    const label = Math.max(...rows.map(([name]) => name.length));
    const room = Math.max(20, width - label - 2);
    const lines = rows.flatMap(([name, text]) => {
      const [first = "", ...more] = wrap(printable(text), room, unicode);
      return [`${name.padStart(label)}  ${first}`.trimEnd(), ...more.map((line) => `${" ".repeat(label)}  ${line}`)];
    });
    return [...wrap(printable(input), width, unicode), ...lines].join("\n");
  });
  return blocks.join("\n\n");
}
