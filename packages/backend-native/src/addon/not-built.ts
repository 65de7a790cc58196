import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Why the install step made no addon. */
export interface NotBuilt {
  /** What was missing or failed, with the compiler's first error. */
  readonly reason: string;
  /** What to do. */
  readonly remedy: string;
}

const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** The first line that a compiler calls an error, else the first line at all. */
function firstError(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => /\berror\b|undefined reference|cannot find/i.test(line)) ?? lines[0] ?? "").trim();
}

/**
 * Reads why the install step made no addon.
 *
 * @param file where the install step has left it
 * @returns undefined where it left nothing, because it never ran
 */
export function readNotBuilt(
  file: string = fileURLToPath(new URL("../../build/not-built.json", import.meta.url)),
): NotBuilt | undefined {
  try {
    const { reason, remedy, output } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    if (asText(reason) === "") return undefined;
    const error = firstError(asText(output));
    const words = error === "" ? "" : `: ${error.slice(0, 300)} (all of the compiler's words are in ${file})`;
    return { reason: `${asText(reason)}${words}`, remedy: asText(remedy) };
  } catch {
    return undefined;
  }
}
