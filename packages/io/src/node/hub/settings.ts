import { homedir } from "node:os";
import { join } from "node:path";
import { HUB_URL } from "@huggingface/hub";

/** Bytes of the largest description or listing that is read. The hub sends a thousand files a page, under 1 MB. */
export const LARGEST_ANSWER = 64 << 20;

const DEFAULT_TIMEOUT = 30_000;

/** Where and how to reach the hub. */
export interface HubSettings {
  /** Base URL without a slash at its end. */
  readonly endpoint: string;
  /** Folder of the cache. */
  readonly cacheDir: string;
  /** Access token for private and gated repositories. */
  readonly token: string | undefined;
  /** True when nothing may be fetched. */
  readonly offline: boolean;
  /** Milliseconds to wait for an answer, or for its next part. */
  readonly timeout: number;
}

/** Settings given in code; each one has precedence over the environment. */
export interface HubOptions {
  /** Base URL of the hub or a mirror. Default `HF_ENDPOINT`, else the public hub. */
  readonly endpoint?: string;
  /** Cache folder. Default `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`. */
  readonly cacheDir?: string;
  /** Access token, `hf_…`. Default `HF_TOKEN`. */
  readonly token?: string;
  /** Use only what is in the cache. Default `HF_HUB_OFFLINE`. */
  readonly offline?: boolean;
  /** Milliseconds to wait for an answer, or for its next part. Default `HF_HUB_DOWNLOAD_TIMEOUT` (seconds), else 30,000. */
  readonly timeout?: number;
}

/**
 * Completes options from the environment variables that `huggingface_hub` documents.
 *
 * @param env the environment. Default that of the process.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubSettings(options: HubOptions, env: NodeJS.ProcessEnv = process.env): HubSettings {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
  const offline = ["1", "ON", "YES", "TRUE"].includes((env.HF_HUB_OFFLINE ?? "").toUpperCase());
  const seconds = Number(env.HF_HUB_DOWNLOAD_TIMEOUT);
  return {
    endpoint: (options.endpoint ?? (env.HF_ENDPOINT || HUB_URL)).replace(/\/+$/, ""),
    cacheDir: options.cacheDir ?? (env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, "hub")),
    token: options.token ?? (env.HF_TOKEN || undefined),
    offline: options.offline ?? offline,
    timeout: options.timeout ?? (seconds > 0 ? 1000 * seconds : DEFAULT_TIMEOUT),
  };
}
