import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError, InterruptedError, ReaderGoneError } from "@dylora/errors";
import {
  checkOutputFile,
  isStandardOutput,
  type OutputStream,
  openOutputStream,
  resolveOutput,
  writeFileAtomic,
} from "@dylora/io/node";
import type { FileContext, WorkContext } from "../context.ts";
import { STANDARD } from "./input-file.ts";
import { openRowJournal, type RowIdentity, type RowJournal } from "./row-journal.ts";

/** Where the rows of `predict` and `generate` go, as they are made. */
export interface RowOutput {
  /** True for a row that an earlier process has made. */
  has(row: number): boolean;
  /** Lines that an earlier process has made, for counting. */
  readonly earlier: Iterable<string>;
  /** Takes rows that are complete, with the lines of each. */
  add(rows: ReadonlyMap<number, readonly string[]>): Promise<void>;
  /** Puts the output in its place. Every row must have been added. */
  finish(): Promise<void>;
  /** Ends it before it is finished; says what is kept and how to go on, where something is. */
  stop(): Promise<string | undefined>;
}

/** What messages and results call an output; its other names are one. */
export async function outputName(path: string): Promise<string> {
  return path !== STANDARD && (await isStandardOutput(path)) ? STANDARD : path;
}

const isSameFile = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = await Promise.all([stat(one), stat(other)]).catch(() => []);
  return a?.isFile() === true && a.ino === b?.ino && a.dev === b.dev;
};

/**
 * Refuses an output that cannot be written, before any work.
 *
 * @throws ResourceError `output_refused`; ConfigError `bad_option` for options that do not go with it
 */
export async function checkRowOutput(
  path: string,
  { input, resume }: { readonly input: string; readonly resume: boolean },
  { write }: FileContext,
): Promise<void> {
  if (path === STANDARD && write === undefined) {
    throw new ConfigError("bad_option", "'output' is -, and there is no standard output to write to; give it a file");
  }
  if (path !== STANDARD && (await isSameFile(path, input))) {
    throw new ConfigError("bad_option", `'output' ${path} is the input itself, which would be lost; give another file`);
  }
  if (path !== STANDARD) await checkOutputFile(path);
  const isFile = path !== STANDARD && (await resolveOutput(path)).kind === "file";
  if (resume && !isFile) {
    throw new ConfigError("bad_option", `'resume' needs an 'output' that is a file; what went to ${path} is gone`);
  }
}

/** Lines as pieces of bytes, not too small to write and not too large to hold. */
function* piecesOf(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < 1 << 20) continue;
    yield encoder.encode(piece);
    piece = "";
  }
  yield encoder.encode(piece);
}

/** Writes rows in their order, each as soon as all before it are there. */
function streamedRows(stream: OutputStream): RowOutput {
  const waiting = new Map<number, readonly string[]>();
  let next = 0;
  return {
    has: () => false,
    earlier: [],
    async add(rows) {
      for (const [row, lines] of rows) waiting.set(row, lines);
      const ready: string[] = [];
      for (let lines = waiting.get(next); lines !== undefined; lines = waiting.get(next)) {
        ready.push(...lines);
        waiting.delete(next++);
      }
      for (const piece of piecesOf(ready)) {
        await stream.write(piece).catch((error) => {
          throw error.code === "EPIPE" || error.code === "ECONNRESET" ? new ReaderGoneError() : error;
        });
      }
    },
    finish: () => stream.close(),
    async stop() {
      await stream.close().catch(() => undefined);
      return undefined;
    },
  };
}

function journalledRows(path: string, total: number, journal: RowJournal): RowOutput {
  const { rows } = journal;
  const earlier = [...rows.values()].flat();
  const given = new Set(rows.keys());
  function* inOrder(): Generator<string> {
    for (let row = 0; row < total; row++) yield* rows.get(row) ?? [];
  }
  return {
    has: (row) => given.has(row),
    earlier,
    add: (added) => journal.add(added),
    async finish() {
      await writeFileAtomic(path, piecesOf(inOrder()));
      await journal.remove();
    },
    async stop() {
      if (rows.size === 0 || journal.path === undefined) {
        await journal.remove();
        return undefined;
      }
      await journal.close();
      return `${rows.size} of ${total} rows are kept in ${journal.path}; the same command with 'resume' goes on from them`;
    },
  };
}

/**
 * Opens the output of a command that writes rows. A file is put in place when it is complete; until then its rows lie in
 * a journal beside it. Anything else is written through, in order, as rows come.
 *
 * @param identity what decides the rows
 * @throws ConfigError `resume_differs`, `output_unfinished`; ResourceError `output_refused`
 */
export async function openRowOutput(
  path: string,
  identity: RowIdentity,
  resume: boolean,
  context: FileContext,
): Promise<RowOutput> {
  if (path === STANDARD) {
    const write = async (content: Uint8Array | string) =>
      context.write?.(typeof content === "string" ? content : new TextDecoder().decode(content));
    return streamedRows({ write, close: async () => undefined });
  }
  const target = await resolveOutput(path);
  if (target.kind !== "file") {
    // A pipe is opened when there is something to say: its reader may come late.
    let stream: Promise<OutputStream> | undefined;
    const opened = () => {
      stream ??= openOutputStream(target, context.signal);
      return stream;
    };
    return streamedRows({
      write: async (content) => (await opened()).write(content),
      close: async () => (await stream)?.close(),
    });
  }
  await mkdir(dirname(target.path), { recursive: true });
  const journal = await openRowJournal(`${target.path}.partial`, identity, resume, context);
  return journalledRows(target.path, identity.rows, journal);
}

/** Does the work that makes the rows, then puts the output in its place; what stops it is told with how to go on. */
export async function finishingRows(
  rows: RowOutput,
  { signal, note }: WorkContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    await rows.finish();
  } catch (error) {
    const kept = await rows.stop();
    const interrupted = signal.aborted && error === signal.reason;
    if (interrupted) throw new InterruptedError(`interrupted${kept === undefined ? "" : `; ${kept}`}`);
    if (kept !== undefined) note(kept);
    throw error;
  }
}
