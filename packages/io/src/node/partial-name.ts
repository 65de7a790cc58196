import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Longest name that every file system takes, in bytes, and what the suffix needs of it. */
const LONGEST_NAME = 255;
const SUFFIX = /\.partial-(?:([0-9a-f]{8})([0-9a-f]{8}))?[0-9a-f]{12}$/;
const DAY = 24 * 60 * 60 * 1000;

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

const hexOf = (value: number): string => value.toString(16).padStart(8, "0");

/** Process numbers mean something on one machine, and there in one container, only. */
const place = createHash("sha256").update(`${hostname()} ${processNamespace()}`).digest("hex").slice(0, 8);

function shortened(name: string, bytes: number): string {
  let kept = name;
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1);
  return kept;
}

/** How names of half-written files of a target begin. */
const stemOf = (name: string): string => `.${shortened(name, LONGEST_NAME - 40)}`;

/** A name in `folder`, for what will be called `name`, that no other process uses. It says whose it is. */
export function partialName(folder: string, name: string): string {
  return join(folder, `${stemOf(name)}.partial-${place}${hexOf(process.pid)}${randomBytes(6).toString("hex")}`);
}

/** A name beside `path` that no other process uses. */
export const siblingOf = (path: string): string => partialName(dirname(path), basename(path));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** True for a partial name whose process has ended: known for those of this machine, else believed after a day. */
async function isAbandoned(path: string): Promise<boolean> {
  const [, where, pid] = SUFFIX.exec(path) ?? [];
  if (where === place && !isAlive(Number.parseInt(pid as string, 16))) return true;
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > DAY;
}

/** True for a name that {@link partialName} makes, whatever it is for. */
export const isPartialName = (name: string): boolean => name.startsWith(".") && SUFFIX.test(name);

/**
 * Removes what killed processes left half-written in a folder, for one target. Others' files are left, and so is what
 * a living process may still be writing.
 */
export async function removeAbandoned(folder: string, name: string): Promise<void> {
  const stem = stemOf(name);
  const names = await readdir(folder).catch(() => []);
  for (const entry of names) {
    const path = join(folder, entry);
    if (!isPartialName(entry) || entry.replace(SUFFIX, "") !== stem || !(await isAbandoned(path))) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
