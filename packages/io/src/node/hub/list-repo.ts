import { FormatError, showValue } from "@dylora/errors";
import { datasetInfo, listFiles, modelInfo } from "@huggingface/hub";
import { safeRelativePath } from "../../safe-path.ts";
import { refusePickledRepo } from "../../safetensors/pickle.ts";
import type { RemoteFile } from "./fetch-blob.ts";

/** How the hub library is told where to go. */
export interface HubParams {
  /** Base URL of the hub. */
  readonly hubUrl: string;
  /** Access token. */
  readonly accessToken?: string;
  /** Makes the requests. */
  readonly fetch: typeof globalThis.fetch;
}

/** Pages of the longest list; a page of the hub names a thousand files. */
const MOST_PAGES = 1000;

/** A repository on the hub. */
export interface HubRepo {
  /** Kind of repository. */
  readonly type: "model" | "dataset";
  /** `owner/name`, or `name` for the oldest ones. */
  readonly name: string;
}

/**
 * The commit that a branch, tag or commit stands for now.
 *
 * @throws `FormatError` `hub_bad_answer` when it is no commit hash; the library's errors.
 */
export async function resolveCommit(repo: HubRepo, revision: string, params: HubParams): Promise<string> {
  const query = { name: repo.name, revision, ...params };
  const { sha } =
    repo.type === "model"
      ? await modelInfo({ ...query, additionalFields: ["sha"] })
      : await datasetInfo({ ...query, additionalFields: ["sha"] });
  if (typeof sha === "string" && /^[0-9a-f]{40}$/.test(sha)) return sha;
  throw new FormatError("hub_bad_answer", `${params.hubUrl} gave no commit for "${repo.name}"`);
}

const isChecksum = (value: unknown): value is string =>
  typeof value === "string" && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value);

/**
 * The files of a commit that `wanted` accepts.
 *
 * @throws `FormatError` `unsafe_path` for a name that would leave the folder, `hub_bad_answer` for an entry without
 * a proper checksum or size, `pickle_refused` when safetensors are wanted and a model has pickles alone; the library's
 * errors.
 */
export async function listRepo(
  repo: HubRepo,
  commit: string,
  params: HubParams,
  wanted: (path: string) => boolean,
): Promise<RemoteFile[]> {
  const badEntry = (path: string) =>
    new FormatError("hub_bad_answer", `${params.hubUrl}: "${repo.name}" lists ${path} without a proper checksum`);
  const files: RemoteFile[] = [];
  const paths: string[] = [];
  let pages = 0;
  const fetchPage: typeof globalThis.fetch = (...input) => {
    // The server names the next page, and could do so for ever.
    if (++pages <= MOST_PAGES) return params.fetch(...input);
    throw new FormatError("hub_bad_answer", `${params.hubUrl}: the list of "${repo.name}" has no end`);
  };
  const query = { repo, revision: commit, recursive: true, ...params, fetch: fetchPage };
  for await (const { type, path, size, oid, lfs } of listFiles(query)) {
    if (type !== "file") continue;
    if (typeof path !== "string") throw badEntry(showValue(path));
    paths.push(path);
    if (!wanted(path)) continue;
    safeRelativePath(path, `${params.hubUrl}/${repo.name}`);
    const checksum: unknown = lfs?.oid ?? oid;
    const bytes = lfs?.size ?? size;
    // Both become part of file names and offsets, so the server is not trusted with them.
    if (!isChecksum(checksum) || !Number.isSafeInteger(bytes) || bytes < 0) throw badEntry(path);
    files.push({ path, size: bytes, checksum });
  }
  if (repo.type === "model" && wanted("model.safetensors")) refusePickledRepo(repo.name, commit, paths);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
