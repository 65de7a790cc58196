import type { FuzzReader } from "./reader.ts";
import { runReaders } from "./runs.ts";
import { tableReaders } from "./tables.ts";
import { tokenizerReaders } from "./tokenizers.ts";
import { weightReaders } from "./weights.ts";

export type { FuzzReader } from "./reader.ts";

/** Every reader of files and answers that others wrote. A new reader belongs into one of these lists. */
export const readers: readonly FuzzReader[] = [...weightReaders, ...tokenizerReaders, ...tableReaders, ...runReaders];
