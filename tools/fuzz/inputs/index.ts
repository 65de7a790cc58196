import fc from "fast-check";
import { parquetFile, safetensorsFile } from "./binary.ts";
import { mishandled } from "./bytes.ts";
import { jsonLinesText, jsonText } from "./json.ts";
import { lineText, xmlText } from "./text.ts";

/** How a file is built up, and so how it is changed. */
export type FileFormat = "json" | "jsonl" | "lines" | "xml" | "safetensors" | "parquet" | "bytes";

/** A valid file. */
export interface ExampleFile {
  readonly format: FileFormat;
  readonly content: Uint8Array;
}

/** Files by path. */
export type Files = Readonly<Record<string, Uint8Array>>;

const ofText = (make: (text: string) => fc.Arbitrary<string>) => (bytes: Uint8Array) =>
  make(Buffer.from(bytes).toString()).map((text) => new Uint8Array(Buffer.from(text)));

const makers: Readonly<Record<FileFormat, (bytes: Uint8Array) => fc.Arbitrary<Uint8Array>>> = {
  json: ofText(jsonText),
  jsonl: ofText(jsonLinesText),
  lines: ofText(lineText),
  xml: ofText(xmlText),
  safetensors: safetensorsFile,
  parquet: parquetFile,
  bytes: mishandled,
};

function changed({ format, content }: ExampleFile): fc.Arbitrary<Uint8Array> {
  const structured = makers[format](content);
  return fc.oneof(
    { weight: 8, arbitrary: structured },
    { weight: 2, arbitrary: mishandled(content) },
    { weight: 1, arbitrary: structured.chain(mishandled) },
  );
}

/** The example's files, one or two of them changed. */
export function filesLike(examples: Readonly<Record<string, ExampleFile>>): fc.Arbitrary<Files> {
  const paths = Object.keys(examples);
  const whole = Object.fromEntries(paths.map((path) => [path, examples[path]!.content]));
  const one = fc.oneof(...paths.map((path) => changed(examples[path]!).map((bytes) => ({ [path]: bytes }))));
  if (paths.length === 1) return one;
  return fc.oneof(
    { weight: 3, arbitrary: one.map((file) => ({ ...whole, ...file })) },
    { weight: 1, arbitrary: fc.tuple(one, one).map(([a, b]) => ({ ...whole, ...a, ...b })) },
  );
}
