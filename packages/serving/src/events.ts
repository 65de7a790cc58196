import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyReply } from "fastify";

/**
 * Writes pieces of text as server-sent events, each `{ text }`, and at the end the event `done` with the whole text. What
 * goes wrong before the first piece is thrown, so that it gets a status of its own; later it is the event `error`.
 *
 * @param about stands in the last event beside the text
 */
export async function writeEvents(
  reply: FastifyReply,
  pieces: AsyncIterable<string>,
  about: Readonly<Record<string, unknown>>,
): Promise<FastifyReply> {
  const stream = pieces[Symbol.asyncIterator]();
  let piece = await stream.next();
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  const write = (data: unknown, event?: string): void => {
    raw.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
  };
  let text = "";
  try {
    for (; !piece.done; piece = await stream.next()) {
      text += piece.value;
      write({ text: piece.value });
      await nextTurn(); // the piece leaves, and a client that goes away is noticed
    }
    write({ text, ...about }, "done");
  } catch (error) {
    if (!raw.destroyed) write({ message: (error as Error).message }, "error");
  }
  raw.end();
  return reply;
}
