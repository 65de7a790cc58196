import { expect, test } from "vitest";
import { pauseAsked, retryPassing } from "./retry-passing.ts";

const answer = (status: number, headers = {}) => new Response("x", { status, headers });

/** A request that gives one outcome after another, and what it was asked. */
function inTurn(...outcomes: (Response | Error)[]) {
  let asked = 0;
  const request = async () => {
    const outcome = outcomes[Math.min(asked++, outcomes.length - 1)] as Response | Error;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { request, asked: () => asked };
}

const failed = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

test.concurrent.each([408, 429, 500, 502, 503, 504])("status %d passes", async (status) => {
  const { request, asked } = inTurn(answer(status), answer(200));
  expect((await retryPassing(request)).status).toBe(200);
  expect(asked()).toBe(2);
});

test.concurrent.each([200, 206, 401, 403, 404, 416])("status %d is the answer", async (status) => {
  const { request, asked } = inTurn(answer(status));
  expect((await retryPassing(request)).status).toBe(status);
  expect(asked()).toBe(1);
});

test.concurrent("the last answer is given where none is better", async () => {
  const { request, asked } = inTurn(answer(503));
  expect((await retryPassing(request)).status).toBe(503);
  expect(asked()).toBe(4);
});

test.concurrent("a connection that broke is tried again; a host that is not there, and other errors, are not", async () => {
  const reset = inTurn(failed("ECONNRESET"), answer(200));
  expect((await retryPassing(reset.request)).status).toBe(200);
  for (const error of [failed("ENOTFOUND"), failed("ECONNREFUSED"), new Error("x"), new TypeError("a bug")]) {
    const { request, asked } = inTurn(error);
    await expect(retryPassing(request)).rejects.toBe(error);
    expect(asked()).toBe(1);
  }
});

test.concurrent("a pause that the server asks for is kept, and ended by the signal", async () => {
  const stop = new AbortController();
  const { request } = inTurn(answer(429, { "retry-after": "30" }));
  const reason = new Error("stopped");
  setTimeout(() => stop.abort(reason), 50);
  await expect(retryPassing(request, stop.signal)).rejects.toBe(reason);
});

test("Retry-After is seconds or a date, within a minute", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const asked = (value?: string) => pauseAsked(new Headers(value === undefined ? {} : { "retry-after": value }), now);
  expect(["7", "900", "Mon, 30 Nov 2026 12:00:09 GMT", "Mon, 30 Nov 2026 11:00:00 GMT", "soon"].map(asked)).toEqual([
    7000, 60_000, 9000, 0, 0,
  ]);
  expect(asked()).toBe(0);
});
