import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FormatError } from "@dylora/errors";
import type { Variant } from "../variant.ts";

/** What a project remembers of the libtensorflow that was linked. */
export interface LinkRecord {
  /** Marks the file. */
  readonly format: "dylora-libtensorflow";
  /** Version of tfjs's package whose sources the addon was built from. */
  readonly tfjsVersion: string;
  /** Folder of libtensorflow's shared libraries. */
  readonly libraries: string;
  /** Version that libtensorflow gives itself. */
  readonly version: string;
}

/** A link as it lies in a project. */
export interface Link extends LinkRecord {
  /** Path of the addon. */
  readonly binding: string;
}

/** Folder in a project in which the addon and its record lie. */
export const linkFolder = (project: string, { id }: Variant): string => join(project, ".dylora", `backend-${id}`);

/** Names in that folder. */
export const linkFiles = { record: "link.json", binding: "tfjs_binding.node" } as const;

/** A folder and those above it, nearest first. */
function* upwards(folder: string): Generator<string> {
  const here = resolve(folder);
  yield here;
  if (dirname(here) !== here) yield* upwards(dirname(here));
}

/** The project around a folder: the nearest one with a package.json, else the folder itself. */
export function projectAround(folder: string): string {
  return [...upwards(folder)].find((candidate) => existsSync(join(candidate, "package.json"))) ?? resolve(folder);
}

/** The project, at or above one of the folders, that remembers a link; undefined when none does. */
export function linkedProject(variant: Variant, folders: readonly string[]): string | undefined {
  const candidates = folders.flatMap((folder) => [...upwards(folder)]);
  return candidates.find((candidate) => existsSync(join(linkFolder(candidate, variant), linkFiles.record)));
}

/**
 * Reads what a project remembers.
 *
 * @throws FormatError `bad_link` for a file that is not a record
 */
export function readLink(project: string, variant: Variant): Link {
  const folder = linkFolder(project, variant);
  const path = join(folder, linkFiles.record);
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as Partial<LinkRecord>;
    const { format, tfjsVersion, libraries, version } = record;
    const texts = [tfjsVersion, libraries, version];
    if (format === "dylora-libtensorflow" && texts.every((text) => typeof text === "string")) {
      return { ...(record as LinkRecord), binding: join(folder, linkFiles.binding) };
    }
  } catch {
    // said below
  }
  throw new FormatError("bad_link", `${path} is no record of a linked libtensorflow; unlink and link again`);
}

/** Removes a folder that has nothing in it but our own `.gitignore`. */
export function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).every((name) => name === ".gitignore")) rmSync(folder, { recursive: true });
}

/** Forgets a project's link. */
export function removeLink(project: string, variant: Variant): void {
  const folder = linkFolder(project, variant);
  rmSync(folder, { recursive: true });
  removeIfEmpty(dirname(folder));
}
