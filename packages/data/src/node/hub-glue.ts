import { join } from "node:path";
import { type DownloadOptions, downloadDataset } from "@dylora/io/node";
import type { BrokenRowHandler } from "../broken-row.ts";
import { GLUE_HUB_DATASET, type GlueTask } from "../glue-tasks.ts";
import { readGlue } from "./read-glue.ts";
import type { Table } from "./read-labelled.ts";
import { unknownSplit } from "./read-task.ts";

/**
 * Brings one file of a hub data set onto this machine.
 *
 * @returns The path of the local file.
 */
export type FetchDatasetFile = (repository: string, file: string) => Promise<string>;

/** A {@link FetchDatasetFile} over the standard cache of the Hugging Face hub, by `downloadDataset`. */
export function hubFetcher(options: Omit<DownloadOptions, "patterns"> = {}): FetchDatasetFile {
  return async (repository, file) => {
    const { dir } = await downloadDataset(repository, { ...options, patterns: [file] });
    return join(dir, ...file.split("/"));
  };
}

/**
 * Reads one split of a GLUE task from the hub's `nyu-mll/glue`, fetching that split's file alone.
 *
 * @param split a key of `task.splits`
 * @param fetchFile fetches a file, or finds it in a cache. Default: the hub, as `hubFetcher()`.
 * @param onBrokenRow as for {@link readGlue}
 * @throws ConfigError `unknown_split`; what `fetchFile` and {@link readGlue} throw.
 */
export async function readGlueFromHub(
  task: GlueTask,
  split: string,
  fetchFile: FetchDatasetFile = hubFetcher(),
  onBrokenRow?: BrokenRowHandler,
): Promise<Table> {
  if (!Object.hasOwn(task.splits, split)) throw unknownSplit(task, split);
  return readGlue(task, await fetchFile(GLUE_HUB_DATASET, task.splits[split] as string), split, onBrokenRow);
}
