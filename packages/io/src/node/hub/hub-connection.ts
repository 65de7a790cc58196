import { FormatError } from "@dylora/errors";
import { EnvHttpProxyAgent, fetch as undiciFetch } from "undici";
import { retryPassing } from "./retry-passing.ts";
import { type HubSettings, LARGEST_ANSWER } from "./settings.ts";

type Fetch = typeof globalThis.fetch;

/** Requests to a hub, with what every one of them needs: time-outs, retries, and a token that stays with the hub. */
export interface HubConnection {
  /** As the global `fetch`; a failure that passes is tried again until the answer begins. */
  readonly fetch: Fetch;
  /** The same for answers that are read whole: tried again until the answer has ended, and bounded in size. */
  readonly fetchWhole: Fetch;
  /** Breaks off what is still open. */
  close(): Promise<void>;
}

/**
 * Opens a connection to a hub.
 *
 * - A server that does not answer within `timeout`, or stops for as long in the middle, is given up.
 * - The token goes to the hub's own origin only, whatever place an answer points to.
 * - Proxies are used as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
 *
 * @param signal ends every request; what it holds as its reason is thrown
 */
export function connectToHub(
  { endpoint, token, timeout }: Pick<HubSettings, "endpoint" | "token" | "timeout">,
  signal?: AbortSignal,
): HubConnection {
  const times = { headersTimeout: timeout, bodyTimeout: timeout, connect: { timeout } };
  const agent = new EnvHttpProxyAgent(times);
  const boundedAgent = new EnvHttpProxyAgent({ ...times, maxResponseSize: LARGEST_ANSWER });
  const { origin } = new URL(endpoint);

  const request = async (dispatcher: EnvHttpProxyAgent, ...[input, init]: Parameters<Fetch>): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    if (url.origin !== origin && headers.get("authorization") === `Bearer ${token}`) headers.delete("authorization");
    const options = { ...init, headers, dispatcher, ...(signal === undefined ? {} : { signal }) };
    // Node's own fetch is another copy of the same code, with the same types but for their names.
    const response = (await undiciFetch(url, options as never)) as unknown as Response;
    if (response.body !== null || !response.ok) return response;
    throw new FormatError("hub_bad_answer", `${endpoint} answered without content (status ${response.status})`);
  };
  return {
    fetch: (...input) => retryPassing(() => request(agent, ...input), signal),
    fetchWhole: (...input) =>
      retryPassing(async () => {
        const response = await request(boundedAgent, ...input);
        const { status, statusText, headers } = response;
        return new Response(await response.arrayBuffer(), { status, statusText, headers });
      }, signal),
    async close() {
      await Promise.all([agent.destroy(), boundedAgent.destroy()]);
    },
  };
}
