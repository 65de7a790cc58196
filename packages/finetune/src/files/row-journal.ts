import { createReadStream } from "node:fs";
import { type FileHandle, lstat, open, rm } from "node:fs/promises";
import { ConfigError, ResourceError } from "@dylora/errors";
import { outputError } from "@dylora/io/node";
import { z } from "zod";
import type { WorkContext } from "../context.ts";
import { ownVersion } from "./own-version.ts";

/** What decides the rows of an output. */
export interface RowIdentity {
  /** The command. */
  readonly command: string;
  /** How many rows there are. */
  readonly rows: number;
  /** Options by flag, and digests of what was read, by what messages call it. */
  readonly decisive: Readonly<Record<string, string>>;
  /** What may change the last digits of numbers only, by setting. */
  readonly incidental: Readonly<Record<string, string>>;
}

/** Rows of an output that is not finished, in a file. */
export interface RowJournal {
  /** The file; undefined where none could be made, and rows are kept in memory alone. */
  readonly path: string | undefined;
  /** Every row so far, those of earlier processes included. */
  readonly rows: ReadonlyMap<number, readonly string[]>;
  /** Appends rows. */
  add(rows: ReadonlyMap<number, readonly string[]>): Promise<void>;
  /** Leaves the file for `--resume`. */
  close(): Promise<void>;
  /** Removes the file. */
  remove(): Promise<void>;
}

const texts = z.record(z.string(), z.string());
const headerSchema = z.object({
  format: z.literal("dylora-rows"),
  version: z.literal(1),
  dylora: z.string(),
  command: z.string(),
  rows: z.int().nonnegative(),
  decisive: texts,
  incidental: texts,
});
const rowSchema = z.object({ row: z.int().nonnegative(), lines: z.array(z.string()) });

type Header = z.infer<typeof headerSchema>;

/** What is in a journal, and where its last whole line ends. */
interface JournalContent {
  readonly header: Header | undefined;
  readonly rows: Map<number, readonly string[]>;
  readonly length: number;
}

/** Lines that end with a line feed, as bytes. */
async function* wholeLines(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end + 1);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, line: Buffer): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(line.toString())).data;
  } catch {
    return undefined;
  }
}

/** Reads as far as lines are whole: what a crash cut off in the middle of a write is left out. */
async function readJournal(path: string): Promise<JournalContent> {
  const rows = new Map<number, readonly string[]>();
  let header: Header | undefined;
  let length = 0;
  for await (const line of wholeLines(path)) {
    if (header === undefined) {
      header = parsed(headerSchema, line);
      if (header === undefined) break;
    } else {
      const row = parsed(rowSchema, line);
      if (row === undefined || row.row >= header.rows) break;
      rows.set(row.row, row.lines);
    }
    length += line.length;
  }
  return { header, rows, length };
}

/** What differs, for a message. */
function differenceOf(theirs: Header, own: RowIdentity): string | undefined {
  if (theirs.command !== own.command) return `by dylora ${theirs.command}`;
  for (const name of new Set([...Object.keys(theirs.decisive), ...Object.keys(own.decisive)])) {
    const [before, now] = [theirs.decisive[name], own.decisive[name]];
    if (before === now) continue;
    if (!name.startsWith("'")) return `from another ${name}`;
    return before === undefined ? `without ${name}` : `with ${name} ${before}, not ${now}`;
  }
  if (theirs.rows !== own.rows) return `from ${theirs.rows} rows, not ${own.rows}`;
  return theirs.dylora === ownVersion ? undefined : `by version ${theirs.dylora} of dylora, not ${ownVersion}`;
}

const isThere = async (path: string): Promise<boolean> => {
  const stats = await lstat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) throw notOurs(path);
  return stats !== undefined;
};

const notOurs = (path: string): ResourceError =>
  new ResourceError(
    "output_refused",
    `${path} is in the way: rows are kept there until the output is complete; move it`,
  );

/** What an earlier process left that may be gone on with; undefined where there is nothing. */
async function resumed(
  path: string,
  identity: RowIdentity,
  resume: boolean,
  { note }: WorkContext,
): Promise<JournalContent | undefined> {
  if (!(await isThere(path))) {
    if (resume) note(`there is no ${path} to go on from; every row is made`);
    return undefined;
  }
  const content = await readJournal(path);
  const { header, rows, length } = content;
  if (header === undefined) {
    // Killed before its first line was whole, or a file of somebody else.
    if (length === 0 && (await lstat(path)).size === 0) return undefined;
    throw notOurs(path);
  }
  const difference = differenceOf(header, identity);
  if (rows.size === 0 && !(resume && difference !== undefined)) return undefined;
  if (!resume) {
    throw new ConfigError(
      "output_unfinished",
      `${path} holds ${rows.size} of ${header.rows} rows of an output that was not finished; ` +
        "'resume' goes on from them, or remove the file to begin anew",
    );
  }
  if (difference !== undefined) {
    throw new ConfigError(
      "resume_differs",
      `${path} was made ${difference}; give what it was begun with, or remove the file to begin anew`,
    );
  }
  for (const [name, before] of Object.entries(header.incidental)) {
    const now = identity.incidental[name];
    if (now === before) continue;
    note(`the rows so far were made with ${name} ${before}; with ${now} the last digits of numbers may differ`);
  }
  note(`${rows.size} of ${header.rows} rows are there from before`);
  return content;
}

/** Codes that say that no file can be made here, though the output itself can be written. */
const NO_ROOM_BESIDE = new Set(["EACCES", "EPERM", "EROFS", "ENAMETOOLONG"]);

async function begin(path: string, identity: RowIdentity, { note }: WorkContext): Promise<FileHandle | undefined> {
  const header: Header = { format: "dylora-rows", version: 1, dylora: ownVersion, ...identity };
  try {
    await rm(path, { force: true });
    const handle = await open(path, "ax");
    await handle.writeFile(`${JSON.stringify(header)}\n`);
    return handle;
  } catch (cause) {
    if (!NO_ROOM_BESIDE.has((cause as NodeJS.ErrnoException).code ?? "")) throw outputError(path, cause);
    note(`${path} cannot be made, so rows are written when all are there, and cannot be gone on with`);
    return undefined;
  }
}

async function goOn(path: string, length: number): Promise<FileHandle> {
  try {
    const handle = await open(path, "a");
    await handle.truncate(length);
    return handle;
  } catch (cause) {
    throw outputError(path, cause) as Error;
  }
}

/**
 * Opens the journal of an output: a header that says what decides the rows, then a line for each row, in the order in
 * which they are made.
 *
 * @throws ConfigError `resume_differs` naming what, `output_unfinished` where there are rows and nobody asked to go on;
 * ResourceError `output_refused` for a file that is no journal, `output_unwritable`
 */
export async function openRowJournal(
  path: string,
  identity: RowIdentity,
  resume: boolean,
  context: WorkContext,
): Promise<RowJournal> {
  const before = await resumed(path, identity, resume, context);
  const rows = before?.rows ?? new Map<number, readonly string[]>();
  const handle = before === undefined ? await begin(path, identity, context) : await goOn(path, before.length);
  return {
    path: handle === undefined ? undefined : path,
    rows,
    async add(added) {
      const lines = [...added].map(([row, lines]) => `${JSON.stringify({ row, lines })}\n`);
      await handle?.appendFile(lines.join("")).catch((cause) => {
        throw outputError(path, cause);
      });
      for (const [row, lines] of added) rows.set(row, lines);
    },
    async close() {
      await handle?.sync().catch(() => undefined);
      await handle?.close();
    },
    async remove() {
      await handle?.close();
      if (handle !== undefined) await rm(path, { force: true });
    },
  };
}
