import { readFileSync } from "node:fs";
import type { ExampleFile, FileFormat, Files } from "../inputs/index.ts";

/** Something that reads files which others wrote. */
export interface FuzzReader {
  /** Name for `--reader` and the table. */
  readonly name: string;
  /** Share of the cases; 1 where a case takes a fraction of a millisecond. */
  readonly weight: number;
  /** Valid files by path, one set or several. */
  readonly examples: readonly Readonly<Record<string, ExampleFile>>[];
  /** Reads the files, which also lie under `dir`, as a user's program would. */
  read(dir: string, files: Files): unknown;
  /** True where the files need not be written to the disk. */
  readonly inMemory?: boolean;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A text as an example file. */
export const text = (format: FileFormat, content: string): ExampleFile => ({ format, content: bytesOf(content) });

/** A value as a JSON file. */
export const json = (value: unknown): ExampleFile => text("json", JSON.stringify(value));

/** Values as JSON Lines. */
export const jsonLines = (...values: readonly unknown[]): ExampleFile =>
  text("jsonl", values.map((value) => `${JSON.stringify(value)}\n`).join(""));

/** A file of the repository, by its path from the root, where the fuzzer runs. */
export const repositoryFile = (format: FileFormat, path: string): ExampleFile => ({
  format,
  content: new Uint8Array(readFileSync(path)),
});
