import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";

/** Statuses that pass: too many requests, and what gateways say of a server that is down or starts anew. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Failures that come again at once: no such host, nothing listens there, an answer beyond its bound. */
const lasting: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ECONNREFUSED", "UND_ERR_RES_EXCEEDED_MAX_SIZE"]);

/** Pauses of about 0.5, 1 and 2 s, each up to twice as long by chance so that many clients do not come at once. */
const pauses = { retries: 3, minTimeout: 500, factor: 2, randomize: true };

/** Longest pause that a server may ask for, in seconds. */
const LONGEST_PAUSE = 60;

class PassingStatus extends Error {
  override readonly name = "PassingStatus";
  readonly response: Response;

  constructor(response: Response) {
    super(`status ${response.status}`);
    this.response = response;
  }
}

/** The system's or the library's code of a failed connection. */
const codeOf = (error: Error): unknown => (error.cause as { code?: unknown } | undefined)?.code;

/** Milliseconds that an answer asks to wait, by `Retry-After`: seconds or a date. 0 where it does not say. */
export function pauseAsked(headers: Headers, now: number = Date.now()): number {
  const value = headers.get("retry-after") ?? "";
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isNaN(seconds) ? 0 : 1000 * Math.min(Math.max(seconds, 0), LONGEST_PAUSE);
}

/**
 * Makes a request, again where its failure is one that passes: a broken connection, or a status that says "later".
 *
 * @returns the answer; the last one, whatever its status, when it still says "later"
 */
export async function retryPassing(request: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  const once = async () => {
    const response = await request();
    if (passing.has(response.status)) throw new PassingStatus(response);
    return response;
  };
  try {
    return await pRetry(once, {
      ...pauses,
      signal,
      shouldRetry: ({ error }) =>
        error instanceof PassingStatus || (error instanceof TypeError && !lasting.has(codeOf(error))),
      async onFailedAttempt({ error, retriesLeft }) {
        if (!(error instanceof PassingStatus) || retriesLeft === 0) return;
        await error.response.body?.cancel();
        await sleep(pauseAsked(error.response.headers), undefined, { signal });
      },
    });
  } catch (error) {
    if (error instanceof PassingStatus) return error.response;
    throw signal?.aborted === true ? signal.reason : error;
  }
}
