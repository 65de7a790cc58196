import { DyloraError, FormatError, ResourceError } from "@dylora/errors";
import { HubApiError, InvalidApiResponseFormatError } from "@huggingface/hub";
import { formatBytes } from "../../memory-guard.ts";
import { outputError } from "../file-error.ts";
import { LARGEST_ANSWER } from "./settings.ts";

/** What was asked of the hub, for messages. */
export interface HubRequest {
  /** `owner/name`. */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Base URL of the hub. */
  readonly endpoint: string;
  /** Folder of the cache. */
  readonly cacheDir: string;
  /** True when a token was sent. */
  readonly authorised: boolean;
}

function statusText(status: number, { name, revision, authorised }: HubRequest): readonly [string, string] {
  const token = authorised ? "the token does not open it" : "set HF_TOKEN to a token that may read it";
  if (status === 401) return ["hub_unauthorised", `"${name}" does not exist or is private; ${token}`];
  if (status === 403) return ["hub_forbidden", `"${name}" is gated: accept its terms on its page, then ${token}`];
  if (status === 404) return ["hub_not_found", `there is no "${name}" with revision "${revision}"`];
  if (status === 429) return ["hub_busy", "too many requests; try again later or set HF_TOKEN"];
  return ["hub_failed", `"${name}" could not be read (status ${status})`];
}

const NO_CONNECTION = /^(fetch failed|terminated|network)/i;

const causeCode = (error: unknown): unknown =>
  error instanceof Error ? (error.cause as { code?: unknown } | undefined)?.code : undefined;

/** Turns what the hub library or the cache's file system throws into an error that says what to do; any other error as it is. */
export function hubError(cause: unknown, request: HubRequest): unknown {
  if (DyloraError.isInstance(cause)) return cause;
  const { endpoint, name, revision } = request;
  const details = { name, revision, endpoint };
  if (cause instanceof HubApiError) {
    const [code, text] = statusText(cause.statusCode, request);
    return new FormatError(code, `${endpoint}: ${text}`, { cause, details: { ...details, status: cause.statusCode } });
  }
  if (causeCode(cause) === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    const message = `${endpoint} gave an answer for "${name}" of more than ${formatBytes(LARGEST_ANSWER)}; is it a hub or a mirror of one?`;
    return new FormatError("hub_bad_answer", message, { cause, details });
  }
  if (cause instanceof TypeError && NO_CONNECTION.test(cause.message)) {
    const message = `${endpoint} cannot be reached for "${name}"; check the network, or set HF_HUB_OFFLINE=1 to use the cache`;
    return new ResourceError("hub_unreachable", message, { cause, details });
  }
  if ([TypeError, SyntaxError, RangeError, InvalidApiResponseFormatError].some((kind) => cause instanceof kind)) {
    const message = `${endpoint} gave an answer for "${name}" that is not the hub's; is it a hub or a mirror of one?`;
    return new FormatError("hub_bad_answer", message, { cause, details });
  }
  return outputError(request.cacheDir, cause);
}
