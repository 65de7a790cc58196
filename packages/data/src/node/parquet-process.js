// Reads one parquet file in a process of its own, which `parquet-rows.ts` starts. A damaged or hostile file can make the
// decoder end the process or never end itself; this one may be lost. JavaScript, since Node 20 must run it as it is.
//
// Messages to it: { path }, then { columns }. From it: { available, classNames }, then { rows } again and again, then { done: true };
// or { error }, the reason in words.
import { open } from "node:fs/promises";
import process from "node:process";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** Rows in one message. */
const CHUNK = 4_096;

/** More rows than these, and a hundred for each byte of the file, are not data but a number in the footer. */
const USUAL_ROWS = 1_000_000;

/** So much may become of a page of a few bytes; beyond it, two thousand times its size. */
const USUAL_PAGE = 2 ** 25;

/** A file of any size takes this much besides what grows with it. */
const USUAL_MEMORY = 800e6;

/** Ends the process when it takes too much memory, or when the one that started it is gone: a decoder asks nobody. */
function watch({ parent, mostMemory }) {
  setInterval(() => {
    if (process.memoryUsage.rss() > mostMemory || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 25);
}

/** The usual codecs, refusing a page that is said to become larger than any writer makes it. */
const boundedCompressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input, outputLength) => {
      if (outputLength <= USUAL_PAGE + input.length * 2_000) return decompress(input, outputLength);
      throw new Error(`a page of ${input.length} bytes says that it becomes ${outputLength}`);
    },
  ]),
);

const isNames = (value) => Array.isArray(value) && value.every((name) => typeof name === "string");

/** Names of the classes of columns that `datasets` wrote as ClassLabel, by column, in the order of their indices. */
function classNamesOf({ key_value_metadata = [] }) {
  try {
    const { features } = JSON.parse(key_value_metadata.find(({ key }) => key === "huggingface")?.value ?? "{}").info;
    const columns = Object.entries(features).filter(([, type]) => type?._type === "ClassLabel" && isNames(type.names));
    return columns.map(([column, { names }]) => [column, names]);
  } catch {
    return []; // written by something else
  }
}

const nextMessage = () => new Promise((received) => process.once("message", received));
const send = (message) => new Promise((sent) => process.send(message, sent));

async function readRows() {
  const { path } = await nextMessage();
  const handle = await open(path);
  const { size } = await handle.stat();
  new Worker(new URL(import.meta.url), {
    workerData: { parent: process.ppid, mostMemory: USUAL_MEMORY + 20 * size },
  }).unref();
  const file = {
    byteLength: size,
    async slice(start, end = size) {
      if (!(start >= 0 && start <= end && end <= size)) throw new Error(`bytes ${start}..${end} lie outside the file`);
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead === bytes.length) return bytes.buffer;
      throw new Error(`only ${bytesRead} of ${bytes.length} bytes could be read`);
    },
  };
  const metadata = await parquetMetadataAsync(file);
  if (!(metadata.num_rows <= USUAL_ROWS + 100 * size)) {
    throw new Error(`the footer speaks of ${metadata.num_rows} rows in ${size} bytes`);
  }
  const counted = metadata.row_groups.reduce((sum, { num_rows }) => sum + BigInt(num_rows), 0n);
  if (counted !== BigInt(metadata.num_rows)) {
    throw new Error(`the footer speaks of ${metadata.num_rows} rows, its row groups of ${counted}`);
  }
  const available = parquetSchema(metadata).children.map(({ element }) => element.name);
  await send({ available, classNames: classNamesOf(metadata) });
  const { columns } = await nextMessage();
  const objects = await parquetReadObjects({ file, metadata, columns, compressors: boundedCompressors });
  for (let at = 0; at < objects.length; at += CHUNK) {
    const some = objects.slice(at, at + CHUNK);
    await send({ rows: some.map((object) => columns.map((column) => object[column])) });
  }
  await send({ done: true });
}

if (isMainThread) {
  // A read that fails while another has already failed has nobody who waits for it.
  process.on("unhandledRejection", () => {});
  await readRows().catch((error) => send({ error: error instanceof Error ? error.message : String(error) }));
  process.disconnect();
} else watch(workerData);
