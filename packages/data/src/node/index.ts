export { type FetchDatasetFile, hubFetcher, readGlueFromHub } from "./hub-glue.ts";
export { loadTokenizer } from "./load-tokenizer.ts";
export { readGlue } from "./read-glue.ts";
export type { Table } from "./read-labelled.ts";
export { type ReadTableOptions, readTable } from "./read-table.ts";
export { readSplit, readTask, type TaskFolder } from "./read-task.ts";
export { TABLE_FORMATS, type TableFormat, tableFormatOf } from "./table-format.ts";
