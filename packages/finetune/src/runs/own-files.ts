import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { filesWritten, LOCK_FILE, readJsonObject } from "@dylora/io/node";
import { EVENT_FILE } from "./event-file-name.ts";
import { type RunPaths, runPaths } from "./run-paths.ts";

/** What a folder holds that dylora wrote. */
export interface OwnFiles {
  /** Files that a run keeps on working with, record, events and checkpoints: removed last. */
  readonly core: readonly string[];
  /** Files made from it: results of sweeps and comparisons, exports. */
  readonly derived: readonly string[];
  /** Folders that may be empty once these files are gone, innermost first. */
  readonly folders: readonly string[];
}

const PARTIAL = /^\.(.+)\.partial-[0-9a-f]+$/;
const CHECKPOINTS = /^(step-\d{10,16}-[0-9a-f]{8}\.safetensors|checkpoints\.json)$/;
const PART = /^(dylora|lora)-rank-\d+-seed--?\d+$/;
const PARTS = /^(dylora|lora)-rank-\d+-seed--?\d+\.json$/;
const PART_TABLES = /^(dylora|lora)-rank-\d+-seed--?\d+\.csv$/;
const MEASURED = /^rank-\d+\.json$/;
const EXPORTS = /^rank-\d+$/;

/** The name that a file half written would have had. */
const meantName = (name: string): string => PARTIAL.exec(name)?.[1] ?? name;

/** Plain files of a folder whose names fit, those half written included; links and folders are somebody's own. */
async function filesIn(dir: string, fits: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile() && fits(meantName(entry.name))).map(({ name }) => join(dir, name));
}

/** The finished parts of a comparison in their folder. */
export const partFilesIn = async (parts: string): Promise<string[]> =>
  (await filesIn(parts, (name) => PARTS.test(name))).filter((path) => PARTS.test(basename(path))).sort();

/** Folders of exports where `dylora sweep` proposes them, with the files that the export wrote. */
async function exportsIn(dir: string): Promise<{ readonly folder: string; readonly files: readonly string[] }[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && EXPORTS.test(entry.name));
  return Promise.all(
    folders.map(async ({ name }) => {
      const folder = join(dir, name);
      // What a model card says may be the person's own by now.
      const written = (await filesWritten(folder)).filter((file) => file !== "README.md");
      return { folder, files: await filesIn(folder, (file) => written.includes(file)) };
    }),
  );
}

/** What the parts of a comparison were written down in, and the folders of it. */
async function partReportsIn({ tensorboard, parts }: RunPaths): Promise<Pick<OwnFiles, "derived" | "folders">> {
  const entries = await readdir(tensorboard, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && PART.test(entry.name))
    .map(({ name }) => join(tensorboard, name));
  const boards = await Promise.all(folders.map((folder) => filesIn(folder, (name) => EVENT_FILE.test(name))));
  return { derived: [...boards.flat(), ...(await filesIn(parts, (name) => PART_TABLES.test(name)))], folders };
}

/** Finds what a run left in its folder, by the names that dylora writes. */
export async function ownFiles(dir: string): Promise<OwnFiles> {
  const { record, events, csv, tensorboard, checkpoint, best, parts, measured, exports, ...paths } = runPaths(dir);
  const results = [paths.sweep, paths.comparison, paths.sweepPicture, paths.comparisonPicture, paths.report];
  const named = (files: readonly string[]) => filesIn(dir, (name) => files.some((file) => basename(file) === name));
  const exported = await exportsIn(exports);
  const reported = await partReportsIn(runPaths(dir));
  const derived = [
    await named(results),
    await filesIn(parts, (name) => PARTS.test(name)),
    await filesIn(measured, (name) => MEASURED.test(name)),
    reported.derived,
    ...exported.map(({ files }) => files),
  ];
  const core = [
    await named([record, events, csv]),
    await filesIn(tensorboard, (name) => EVENT_FILE.test(name)),
    await filesIn(checkpoint, (name) => CHECKPOINTS.test(name)),
    await filesIn(best, (name) => CHECKPOINTS.test(name)),
  ];
  return {
    core: core.flat(),
    derived: derived.flat(),
    folders: [
      ...exported.map(({ folder }) => folder),
      ...reported.folders,
      ...[exports, parts, measured, tensorboard, best, checkpoint],
    ],
  };
}

/** Whether a name in a run folder means nothing: our lock, or a record that was never finished. */
export const isTrace = (name: string): boolean =>
  name === LOCK_FILE || (PARTIAL.test(name) && meantName(name) !== name);

/** Whether a folder is a run or a comparison of ours, by its record, by a finished part, or by what a part was written down in. */
export async function isOurRun(dir: string): Promise<boolean> {
  const { record, comparison, parts } = runPaths(dir);
  const formatOf = async (path: string): Promise<unknown> => {
    const json = await readJsonObject(path).catch(() => undefined);
    return json?.["format"];
  };
  if ((await formatOf(record)) === "dylora-run") return true;
  if ((await formatOf(comparison)) === "dylora-sweep") return true;
  for (const part of await filesIn(parts, (name) => PARTS.test(name))) {
    if ((await formatOf(part)) === "dylora-part") return true;
  }
  // A comparison that was stopped in its first part has left no more than this.
  return (await partReportsIn(runPaths(dir))).derived.length > 0;
}
