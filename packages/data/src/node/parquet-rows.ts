import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import { openFile } from "@dylora/io/node";
import type { Row, RowRequest, Rows } from "./rows.ts";

const PROGRAM = fileURLToPath(new URL("./parquet-process.js", import.meta.url));

const MEGABYTE = 1e6;

/** Seconds without a word from the process, besides one for each megabyte. Ordinary files take a hundredth of it. */
const SECONDS = 3;

/** What the reading process says; see there. */
type Message =
  | {
      readonly available: readonly string[];
      readonly classNames: readonly (readonly [column: string, names: readonly string[]])[];
    }
  | { readonly rows: readonly (readonly unknown[])[] }
  | { readonly done: true }
  | { readonly error: string };

function startReader(size: number): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return fork(PROGRAM, [], {
    // Rows of text take several times the size of the file.
    execArgv: [`--max-old-space-size=${Math.ceil(400 + (16 * size) / MEGABYTE)}`],
    env: { ...env, ELECTRON_RUN_AS_NODE: "1" },
    serialization: "advanced",
    // What V8 prints when it gives up is of no use to anybody.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

/** The first bytes must be read here: what is no file, or may not be read, has errors of its own. */
async function sizeOf(path: string): Promise<number> {
  const source = await openFile(path);
  try {
    refuseLfsPointer(await source.read(0, Math.min(256, source.size)), path);
    return source.size;
  } finally {
    await source.close();
  }
}

/**
 * Rows of a parquet file with flat columns, in any of the usual compressions. Only the chosen columns are read.
 *
 * The file is decoded in a process of its own, which starts in a twentieth of a second: a hostile file can end the process
 * that decodes it, or keep it busy for ever.
 *
 * @throws FormatError `bad_parquet`, and what `choose` throws
 */
export async function readParquetRows({ path, choose }: Omit<RowRequest, "onBrokenRow">): Promise<Rows> {
  const bad = (problem: string, cause?: unknown) =>
    new FormatError("bad_parquet", `${path} cannot be read as parquet: ${problem}`, { cause, details: { path } });
  const size = await sizeOf(path);
  if (!existsSync(PROGRAM)) {
    throw bad(`the reader's own ${PROGRAM} is not there; leave @dylora/data out of what a bundler packs`);
  }
  const seconds = SECONDS + size / MEGABYTE;
  const reader = startReader(size);
  let timer: NodeJS.Timeout | undefined;
  const rows: Row[] = [];
  let columns: readonly string[] = [];
  let classNames: ReadonlyMap<string, readonly string[]> = new Map();
  try {
    return await new Promise<Rows>((resolve, reject) => {
      reader.on("error", (cause) => reject(bad(`its process cannot be started: ${cause.message}`, cause)));
      const lost = () => reject(bad("decoding it takes more memory than such a file can need, or breaks the decoder"));
      // What the process said before it ended may come after its end.
      reader.on("exit", () => (reader.connected ? reader.once("disconnect", lost) : setImmediate(lost)));
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          reject(bad(`decoding it takes more than ${Math.ceil(seconds)} s, which such a file cannot need`));
        }, seconds * 1000);
      };
      reader.on("message", (message: Message) => {
        wait();
        try {
          if ("error" in message) throw bad(message.error);
          if ("available" in message) {
            columns = choose(message.available);
            classNames = new Map(message.classNames);
            reader.send({ columns: [...columns] }, () => undefined);
          } else if ("rows" in message) {
            for (const values of message.rows) rows.push({ number: rows.length + 1, values });
          } else resolve({ unit: "row", columns, rows, classNames });
        } catch (error) {
          reject(error);
        }
      });
      reader.once("spawn", () => {
        // A failure to send is followed by "exit".
        reader.send({ path }, () => undefined);
        wait();
      });
    });
  } finally {
    clearTimeout(timer);
    if (reader.exitCode === null && reader.signalCode === null && reader.pid !== undefined) {
      const ended = once(reader, "exit");
      reader.kill("SIGKILL");
      await ended;
    }
  }
}
