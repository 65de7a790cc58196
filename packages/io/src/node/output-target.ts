import type { Stats } from "node:fs";
import { fstatSync } from "node:fs";
import { lstat, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { refusedOutput } from "./file-error.ts";

/**
 * Where the bytes of an output really go.
 *
 * @experimental
 */
export type OutputTarget =
  | {
      /** A file, which may not exist yet; links are followed. */
      readonly kind: "file";
      /** Its own path, no link. */
      readonly path: string;
      /** What is there now. */
      readonly stats: Stats | undefined;
    }
  | {
      /** A device, a pipe with a name or a socket: written through, never replaced. */
      readonly kind: "device" | "pipe" | "socket";
      /** Its own path. */
      readonly path: string;
    }
  | {
      /** An open file of this process, such as `/dev/stdout` or bash's `>(gzip)`. */
      readonly kind: "descriptor";
      /** Its number. */
      readonly descriptor: number;
    };

const MOST_LINKS = 40;
const STANDARD_STREAMS = ["stdin", "stdout", "stderr"];

/** The number behind `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`. */
function descriptorOf(path: string): number | undefined {
  const named = /^\/dev\/(stdin|stdout|stderr)$/.exec(path)?.[1];
  if (named !== undefined) return STANDARD_STREAMS.indexOf(named);
  const [, owner, number] = /^(\/dev|\/proc\/[^/]+(?:\/task\/[^/]+)?)\/fd\/(\d+)$/.exec(path) ?? [];
  const own = ["/dev", "/proc/self", "/proc/thread-self", `/proc/${process.pid}`];
  return owner !== undefined && own.includes(owner) ? Number(number) : undefined;
}

/** Windows opens these wherever they are said to lie. */
const isWindowsDevice = (path: string): boolean =>
  process.platform === "win32" &&
  (/^\\\\[.?]\\/.test(path) || /^(nul|con|prn|aux|com\d|lpt\d|conout\$)(\..*)?$/i.test(basename(path)));

function kindOf(stats: Stats): "file" | "device" | "pipe" | "socket" {
  if (stats.isFile()) return "file";
  if (stats.isFIFO()) return "pipe";
  return stats.isSocket() ? "socket" : "device";
}

interface Found {
  /** Its own path, no link. */
  readonly path: string;
  /** What is there now. */
  readonly stats: Stats | undefined;
}

/** Follows links one by one, so that one whose target is missing leads there too. */
async function followLinks(path: string): Promise<Found | number> {
  let at = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const descriptor = descriptorOf(at);
    if (descriptor !== undefined) return descriptor;
    try {
      // Where a link leads is meant from the real folder that it lies in.
      at = join(await realpath(dirname(at)), basename(at));
      const stats = await lstat(at);
      if (!stats.isSymbolicLink()) return { path: at, stats };
      at = resolve(dirname(at), await readlink(at));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw refusedOutput(path, cause);
      return { path: at, stats: undefined };
    }
  }
  throw refusedOutput(path, "its links lead in a circle");
}

/**
 * Finds out where a path that a person names leads: through links, also one whose target does not exist yet, to a
 * file, or to something that is written through. Changes nothing.
 *
 * @throws `ResourceError` `output_refused` for a folder, links in a circle, and where the system does not let one look.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { resolveOutput } from "@dylora/io/node";
 *
 * console.log((await resolveOutput(join(tmpdir(), "out.jsonl"))).kind); // file
 * ```
 *
 * @experimental
 */
export async function resolveOutput(path: string): Promise<OutputTarget> {
  if (path === "" || /[\\/]$/.test(path)) throw refusedOutput(path, "it names a folder, not a file");
  if (isWindowsDevice(path)) return { kind: "device", path };
  const found = await followLinks(path);
  if (typeof found === "number") return { kind: "descriptor", descriptor: found };
  const { path: own, stats } = found;
  if (stats?.isDirectory()) throw refusedOutput(path, "it is a folder, not a file");
  const kind = stats === undefined ? "file" : kindOf(stats);
  return kind === "file" ? { kind, path: own, stats } : { kind, path: own };
}

/** Where a folder that a person names really lies, or would lie; whether it is one is not looked at. */
export async function resolveFolder(dir: string): Promise<Found> {
  const found = await followLinks(dir);
  if (typeof found !== "number") return found;
  throw refusedOutput(dir, "it is an open file, not a folder");
}

/**
 * True when a path is the standard output of this process under another name, such as `/dev/stdout`.
 *
 * @experimental
 */
export async function isStandardOutput(path: string): Promise<boolean> {
  const target = await resolveOutput(path).catch(() => undefined);
  if (target?.kind !== "descriptor") return false;
  return target.descriptor === 1 && isOpen(1);
}

/** True for a descriptor of this process that is open. */
export function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}
