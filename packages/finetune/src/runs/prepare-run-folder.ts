import { existsSync } from "node:fs";
import { readdir, realpath, rm, rmdir } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { ConfigError, DyloraError, ResourceError } from "@dylora/errors";
import { type FolderLock, lockFolder } from "@dylora/io/node";
import type { WorkContext } from "../context.ts";
import { isModuleFile } from "../settings/module-file.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { isOurRun, isTrace, ownFiles } from "./own-files.ts";

/**
 * Keeps a run folder for this process until the lock is released. It is taken before anything else happens.
 *
 * @throws ResourceError `output_refused`, `folder_in_use`, `output_not_folder`
 */
export async function holdFolder(dir: string, context: WorkContext): Promise<FolderLock> {
  const lock = await lockFolder(dir).catch((error) => {
    // Its own file is the first that is written here, before any work.
    if (!DyloraError.isInstance(error) || error.code !== "output_unwritable") throw error;
    throw new ResourceError("output_refused", error.message, { cause: error, details: { dir } });
  });
  if (!lock.supported) {
    context.note(`${dir}: there are no file locks here, so see to it that nothing else writes into this folder`);
  }
  return lock;
}

/** Keeps a run folder for this process while some work is done; as {@link holdFolder}. */
export async function holdingFolder<T>(dir: string, context: WorkContext, work: () => Promise<T>): Promise<T> {
  const lock = await holdFolder(dir, context);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function contentOf(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => !isTrace(name));
}

const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
};

/** Files and folders that a run reads, by option; links are followed. */
async function inputsOf(settings: TrainingSettings): Promise<[option: string, path: string][]> {
  const { base, task, data, distribution, validation } = settings;
  const script = typeof distribution === "string" && isModuleFile(distribution) ? distribution : undefined;
  const given: [string, string | undefined][] = [
    ["'base'", base],
    ["'task'", task],
    ["'data'", data],
    ["'distribution'", script],
    ["'validation'", typeof validation === "string" ? validation : undefined],
  ];
  const found = await Promise.all(
    given.map(async ([option, path]) => {
      if (path === undefined || !existsSync(path)) return [];
      return [[option, await realpath(path)] as [string, string]];
    }),
  );
  return found.flat();
}

/**
 * Refuses a folder that a new run may not go to. Changes nothing.
 *
 * With `overwrite`, the folder must be a run of ours, and what the new run reads must not be among what would be
 * removed.
 *
 * @throws ResourceError `output_not_empty`, `output_not_run`; ConfigError `input_in_output`
 */
export async function checkNewRun(dir: string, overwrite: boolean, settings: TrainingSettings): Promise<void> {
  const content = await contentOf(dir);
  if (content.length === 0) return;
  if (!overwrite) {
    throw new ResourceError("output_not_empty", `${dir} is not empty; choose another folder or overwrite it`, {
      details: { dir },
    });
  }
  if (!(await isOurRun(dir))) {
    throw new ResourceError(
      "output_not_run",
      `${dir} is no run of dylora: it holds neither a valid run.json nor a compare.json, but other files; 'overwrite' replaces runs alone, so choose another folder`,
      { details: { dir } },
    );
  }
  const { core, derived } = await ownFiles(dir);
  const real = await realpath(dir);
  for (const [option, input] of await inputsOf(settings)) {
    // A folder around the run folder is no part of it: data may lie beside the runs.
    if (isWithin(real, input)) continue;
    for (const file of [...core, ...derived]) {
      const path = await realpath(file).catch(() => file);
      if (!isWithin(path, input)) continue;
      throw new ConfigError(
        "input_in_output",
        `${option} is ${input}, and 'overwrite' would remove ${file}, a part of it; copy it out of ${dir}, or choose another 'out'`,
        { details: { option, file } },
      );
    }
  }
}

async function removeAll(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
}

/** What of an earlier run is to be removed, in two moves, between which the new record is written. */
export interface Clearing {
  /** Removes what was made from the earlier run; it is still readable then. */
  derived(): Promise<void>;
  /** Removes its events and checkpoints, and the folders that are empty then. */
  core(): Promise<void>;
}

/**
 * Gets ready to replace the run in a folder: only files that dylora wrote, by name. Whatever else lies in it is
 * somebody's own and stays.
 *
 * @param kept files of the new run that stand already
 */
export async function clearingOf(dir: string, kept: readonly string[] = []): Promise<Clearing> {
  const { core, derived, folders } = await ownFiles(dir);
  return {
    derived: () => removeAll(derived),
    async core() {
      await removeAll(core.filter((file) => !kept.includes(file)));
      for (const folder of folders) await rmdir(folder).catch(() => {});
    },
  };
}
