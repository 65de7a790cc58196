import { join } from "node:path";
import { ConfigError, DyloraError, FormatError } from "@dylora/errors";
import type { Progress } from "../../progress.ts";
import { safeRelativePath } from "../../safe-path.ts";
import { linkBlob, type RepoCache, readRef, repoCache, sizeOf, snapshotFiles, writeRef } from "./cache.ts";
import { checkSnapshot } from "./check-snapshot.ts";
import { fetchBlob } from "./fetch-blob.ts";
import { DATASET_PATTERNS, MODEL_PATTERNS, matchesAny } from "./file-patterns.ts";
import { hubError } from "./hub-error.ts";
import { type HubRepo, listRepo, resolveCommit } from "./list-repo.ts";
import { openerOf } from "./open-range.ts";
import { type HubOptions, type HubSettings, hubSettings } from "./settings.ts";

/** Settings of {@link downloadModel} and {@link downloadDataset}. */
export interface DownloadOptions extends HubOptions {
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string;
  /** Globs of the files to fetch (`*` within a folder, `**` across). Defaults: see the two functions. */
  readonly patterns?: readonly string[];
  /**
   * Told about progress, many times a second. `unit` is `bytes`, of all files together, those found in the cache
   * included; `detail` is the file at hand.
   */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the download; what it holds as its reason is thrown. What has arrived stays, and the next call goes on. */
  readonly signal?: AbortSignal;
}

/** A repository in the cache. */
export interface DownloadedRepo {
  /** Folder with the files of the commit. */
  readonly dir: string;
  /** The commit. */
  readonly commit: string;
  /** Paths of the files, relative to `dir`, sorted. */
  readonly files: readonly string[];
  /** Why the hub could not be asked, where that is so: `dir` is what the cache holds then, and may be old. */
  readonly unasked?: DyloraError;
}

/** Errors that say nothing about the repository: the hub is not there, busy or broken. */
const passing: readonly string[] = ["hub_unreachable", "hub_busy", "hub_failed"];

const REPO_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;

/** What the cache holds of a revision, checked as far as it can be; undefined where it holds nothing. */
async function inCache(revision: string, cache: RepoCache): Promise<DownloadedRepo | undefined> {
  const commit = (await readRef(cache, revision)) ?? revision;
  const dir = cache.snapshot(commit);
  if ((await sizeOf(dir)) === undefined) return undefined;
  const files = await snapshotFiles(dir);
  await checkSnapshot(dir, files);
  return { dir, commit, files };
}

async function fromCache(repo: HubRepo, revision: string, cache: RepoCache): Promise<DownloadedRepo> {
  const found = await inCache(revision, cache);
  if (found !== undefined) return found;
  const message = `"${repo.name}" (${revision}) is not in the cache ${cache.root}, and HF_HUB_OFFLINE forbids to fetch it`;
  throw new FormatError("hub_offline", message, { details: { name: repo.name, revision } });
}

async function fetchRepo(
  repo: HubRepo,
  revision: string,
  cache: RepoCache,
  settings: HubSettings,
  { patterns = [], onProgress, signal }: DownloadOptions,
): Promise<DownloadedRepo> {
  const { endpoint, token } = settings;
  // Loaded where something is downloaded: its HTTP library takes a tenth of a second, which no other command needs.
  const { connectToHub } = await import("./hub-connection.ts");
  const connection = connectToHub(settings, signal);
  try {
    const params = { hubUrl: endpoint, ...(token === undefined ? {} : { accessToken: token }) };
    const whole = { ...params, fetch: connection.fetchWhole };
    const commit = await resolveCommit(repo, revision, whole);
    const files = await listRepo(repo, commit, whole, matchesAny(patterns));
    if (files.length === 0) {
      const message = `${endpoint}: "${repo.name}" has no file that matches ${patterns.join(", ")}`;
      throw new FormatError("hub_no_files", message, { details: { name: repo.name, patterns } });
    }
    const dir = cache.snapshot(commit);
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let before = 0;
    for (const file of files) {
      const report = (done: number) =>
        onProgress?.({ done: before + done, total: totalBytes, unit: "bytes", detail: file.path });
      const blob = cache.blob(file.checksum);
      const open = openerOf(repo, file.path, commit, { ...params, fetch: connection.fetch });
      await fetchBlob(blob, file, open, report, signal);
      const target = join(dir, ...file.path.split("/"));
      if ((await sizeOf(target)) !== file.size) await linkBlob(blob, target);
      report(file.size);
      before += file.size;
    }
    // Written last: the revision points at a commit only once all of it is there.
    if (revision !== commit) await writeRef(cache, revision, commit);
    return { dir, commit, files: files.map(({ path }) => path) };
  } finally {
    await connection.close();
  }
}

async function downloadRepo(repo: HubRepo, options: DownloadOptions): Promise<DownloadedRepo> {
  const { revision = "main" } = options;
  if (!REPO_NAME.test(repo.name) || repo.name.includes("..")) {
    throw new ConfigError("bad_repo_name", `"${repo.name}" is not a name on the hub; expected owner/name`);
  }
  safeRelativePath(revision, `revision of ${repo.name}`);
  const settings = hubSettings(options);
  if (settings.token !== undefined && !settings.token.startsWith("hf_")) {
    throw new ConfigError("bad_hub_token", 'the access token (HF_TOKEN) does not begin with "hf_"');
  }
  const cache = repoCache(settings.cacheDir, repo.type, repo.name);
  if (settings.offline) return fromCache(repo, revision, cache);
  try {
    return await fetchRepo(repo, revision, cache, settings, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const { endpoint, cacheDir, token } = settings;
    const request = { name: repo.name, revision, endpoint, cacheDir, authorised: token !== undefined };
    const unasked = hubError(error, request);
    if (!DyloraError.isInstance(unasked) || !passing.includes(unasked.code)) throw unasked;
    const found = await inCache(revision, cache);
    if (found === undefined) throw unasked;
    return { ...found, unasked };
  }
}

/**
 * Downloads a model or adapter from the Hugging Face hub into the standard cache, which Python's `huggingface_hub`
 * shares, and returns its folder for {@link openModelFolder} or {@link readPeftAdapter}.
 *
 * What is in the cache with the size that the hub lists is not fetched again; a broken download goes on where it
 * stopped, and what the hub refuses for the moment (429, 5xx) is asked for again; every file's checksum is verified. Of
 * several processes that want the same file one fetches it. Where the hub cannot be reached and the cache holds the
 * revision, that is the result, and `unasked` says why. The token is sent to `endpoint` alone. Honours
 * `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_HUB_DOWNLOAD_TIMEOUT` and `HF_HUB_OFFLINE`, and the proxies
 * that `HTTPS_PROXY` and `NO_PROXY` name.
 *
 * @param name `owner/name`, for instance `FacebookAI/roberta-base`
 * @param options by default the `*.safetensors`, `*.json` and `*.txt` files at the top level are fetched
 * @throws `ConfigError` `bad_repo_name`, `bad_hub_token`; `FormatError` `hub_not_found`, `hub_unauthorised`,
 * `hub_forbidden`, `hub_busy`, `hub_failed`, `hub_bad_answer`, `hub_no_files`, `hub_offline`, `checksum_mismatch`, `unsafe_path`; `ResourceError`
 * `hub_unreachable`, `download_broken`, `output_unwritable` for the cache.
 */
export function downloadModel(name: string, options: DownloadOptions = {}): Promise<DownloadedRepo> {
  return downloadRepo({ type: "model", name }, { patterns: MODEL_PATTERNS, ...options });
}

/**
 * Downloads a dataset from the Hugging Face hub into the standard cache; see {@link downloadModel}.
 *
 * @param name `owner/name`, for instance `nyu-mll/glue`
 * @param options by default parquet, JSON, JSONL, CSV, TSV and text files at any depth are fetched
 * @throws As {@link downloadModel}.
 */
export function downloadDataset(name: string, options: DownloadOptions = {}): Promise<DownloadedRepo> {
  return downloadRepo({ type: "dataset", name }, { patterns: DATASET_PATTERNS, ...options });
}
