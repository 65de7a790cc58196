import { constants, fstat, write as writeDescriptor } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createConnection } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { OutputTarget } from "./output-target.ts";

/**
 * An open output that takes bytes one after the other and cannot be taken back.
 *
 * @experimental
 */
export interface OutputStream {
  /** Writes all of it, and waits until it is taken. */
  write(content: Uint8Array | string): Promise<void>;
  /** Ends it. Descriptors of the process stay open. */
  close(): Promise<void>;
}

const POLL = 20;
const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Writes to the end, however little the system takes at a time. */
async function writeAllTo(descriptor: number, bytes: Uint8Array): Promise<void> {
  const write = promisify(writeDescriptor);
  for (let done = 0; done < bytes.length; ) {
    try {
      const { bytesWritten } = await write(descriptor, bytes, done, bytes.length - done, null);
      done += bytesWritten;
    } catch (error) {
      // A full pipe whose reader is slow.
      if (codeOf(error) !== "EAGAIN") throw error;
      await wait(POLL);
    }
  }
}

function descriptorStream(descriptor: number, close: () => Promise<void>): OutputStream {
  return { write: (content) => writeAllTo(descriptor, bytesOf(content)), close };
}

/** Opens a named pipe without blocking the process, so that waiting for a reader can be stopped. */
async function openPipe(path: string, signal: AbortSignal | undefined): Promise<FileHandle> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) !== "ENXIO") throw error;
      await wait(POLL);
    }
  }
}

async function connect(path: string): Promise<OutputStream> {
  const socket = createConnection(path);
  await new Promise<void>((done, fail) => socket.once("connect", done).once("error", fail));
  let broken: Error | undefined;
  socket.on("error", (error) => {
    broken = error;
  });
  return {
    write: (content) =>
      new Promise((done, fail) => {
        if (broken !== undefined) fail(broken);
        else socket.write(bytesOf(content), (error) => (error ? fail(error) : done()));
      }),
    close: () => new Promise((done) => void socket.end(done)),
  };
}

/**
 * Opens what is written through: a device, a pipe, a socket, an open file of the process.
 *
 * @throws `ResourceError` `output_unwritable` when the system refuses.
 *
 * @param signal stops waiting for the reader of a named pipe; its reason is thrown
 *
 * @experimental
 */
export async function openOutputStream(
  target: Exclude<OutputTarget, { kind: "file" }>,
  signal?: AbortSignal,
): Promise<OutputStream> {
  if (target.kind === "descriptor") return descriptorStream(target.descriptor, async () => undefined);
  if (target.kind === "socket") return connect(target.path);
  const handle =
    target.kind === "pipe" ? await openPipe(target.path, signal) : await open(target.path, constants.O_WRONLY);
  return descriptorStream(handle.fd, () => handle.close());
}

/** Fails as a write would, where that is known before it, and writes nothing. */
export async function probeDescriptor(descriptor: number): Promise<void> {
  await promisify(fstat)(descriptor);
  await promisify(writeDescriptor)(descriptor, new Uint8Array(0), 0, 0, null).catch((error) => {
    if (codeOf(error) !== "EAGAIN") throw error;
  });
}

/** Fails where a file or device may not be written. (`access` asks for the user who started the process.) */
export async function tryOpening(path: string): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0)).catch((error) => {
    // A pipe without a reader, and a socket.
    if (codeOf(error) !== "ENXIO") throw error;
  });
  await handle?.close();
}
