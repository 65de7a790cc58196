import { lstat, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Progress } from "../../progress.ts";
import { encodeSafetensors } from "../../safetensors/encode.ts";
import { tempFolder } from "../fixtures/temp-folder.ts";
import { openModelFolder } from "../model-folder.ts";
import { downloadDataset, downloadModel } from "./download.ts";
import { COMMIT, type HubFixture, startHub } from "./fixtures/hub-server.ts";

const text = (content: string) => new TextEncoder().encode(content);
const big = Float32Array.from({ length: 200_000 }, (_, i) => i);
const weights = encodeSafetensors(new Map([["w", { shape: [big.length], data: big }]]));
const model: HubFixture = {
  repo: "owner/tiny",
  large: ["model.safetensors"],
  files: {
    "config.json": text('{"model_type":"roberta"}'),
    "model.safetensors": weights,
    "merges.txt": text("#version\n"),
    "README.md": text("# card"),
    "pytorch_model.bin": text("pickle"),
    "onnx/config.json": text("{}"),
  },
};
const fetched = ["config.json", "merges.txt", "model.safetensors"];

async function setUp(fixture: HubFixture = model) {
  const { endpoint, seen } = await startHub(fixture);
  const cacheDir = await tempFolder();
  const download = (options = {}) => downloadModel("owner/tiny", { endpoint, cacheDir, ...options });
  const resolved = () => seen.filter(({ path, range }) => path.includes("/resolve/") && range !== "bytes=0-0");
  return { endpoint, seen, cacheDir, download, resolved, root: join(cacheDir, "models--owner--tiny") };
}

test("a model is fetched into the standard cache and opens", async () => {
  const { download, root } = await setUp();
  const { dir, commit, files } = await download();
  expect(dir).toBe(join(root, "snapshots", COMMIT));
  expect([commit, files]).toEqual([COMMIT, fetched]);
  expect((await readdir(dir)).sort()).toEqual(fetched);
  expect(await readFile(join(root, "refs", "main"), "utf8")).toBe(COMMIT);
  const { config, weights: source } = await openModelFolder(dir);
  expect(config).toEqual({ model_type: "roberta" });
  const values = await source.read("w", [big.length]);
  expect(values.every((value, i) => value === big[i])).toBe(true);
  await source.close();
});

test.skipIf(process.platform === "win32")("files are relative links to blobs named by checksum", async () => {
  const { download, root } = await setUp();
  const { dir } = await download();
  const blobs = await readdir(join(root, "blobs"));
  expect(blobs.map((name) => name.length).sort()).toEqual([40, 40, 64]);
  expect((await lstat(join(dir, "config.json"))).isSymbolicLink()).toBe(true);
  expect(await readlink(join(dir, "config.json"))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
});

test("nothing that is in the cache is fetched again", async () => {
  const { download, resolved } = await setUp();
  await download();
  const before = resolved().length;
  expect((await download()).files).toEqual(fetched);
  expect(resolved()).toHaveLength(before);
});

test("patterns choose the files; none is an error", async () => {
  const { download } = await setUp();
  expect((await download({ patterns: ["**/config.json"] })).files).toEqual(["config.json", "onnx/config.json"]);
  await expect(download({ patterns: ["*.gguf"] })).rejects.toMatchObject({ code: "hub_no_files" });
});

test("a dataset has its own folder and patterns", async () => {
  const files = { "sst2/train.parquet": text("PAR1"), "README.md": text("x"), "data.tsv": text("a\tb") };
  const { endpoint } = await startHub({ repo: "datasets/owner/set", files });
  const cacheDir = await tempFolder();
  const { dir, files: got } = await downloadDataset("owner/set", { endpoint, cacheDir });
  expect(dir).toBe(join(cacheDir, "datasets--owner--set", "snapshots", COMMIT));
  expect(got).toEqual(["data.tsv", "sst2/train.parquet"]);
});

test("progress rises to the whole size", async () => {
  const { download } = await setUp();
  const seen: Progress[] = [];
  await download({ onProgress: (progress: Progress) => seen.push(progress) });
  const done = seen.map((progress) => progress.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  const total = fetched.reduce((sum, name) => sum + model.files[name]!.byteLength, 0);
  expect(seen.at(-1)).toEqual({ done: total, total, unit: "bytes", detail: "model.safetensors" });
});

test("the token is sent, a branch with a slash is asked for", async () => {
  const { download, seen, root } = await setUp();
  await download({ token: "hf_secret", revision: "refs/pr/1" });
  expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]));
  expect(await readFile(join(root, "refs", "refs", "pr", "1"), "utf8")).toBe(COMMIT);
});

describe("broken downloads", () => {
  /** Breaks off the large file after `bytes` bytes, the first `times` times. */
  function breakOff(bytes: number, times: number): HubFixture {
    let left = times;
    return {
      ...model,
      intercept(request, response, path) {
        const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
        if (!path.endsWith("model.safetensors") || request.headers.range === "bytes=0-0" || left-- <= 0) return false;
        const length = { "content-length": weights.byteLength - from };
        const status = from > 0 ? 206 : 200;
        response.writeHead(status, length).write(weights.subarray(from, from + bytes));
        // Time for the bytes to arrive: a connection that errs drops what was not yet read.
        setTimeout(() => response.destroy(), 50);
        return true;
      },
    };
  }

  test("a connection that breaks is taken up where it stopped", async () => {
    const { download, resolved } = await setUp(breakOff(300_000, 1));
    const { dir } = await download();
    expect((await readFile(join(dir, "model.safetensors"))).equals(weights)).toBe(true);
    const ranges = resolved().filter(({ path }) => path.endsWith("model.safetensors"));
    expect(ranges[0]?.range).toBeUndefined();
    expect(Number(/^bytes=(\d+)-/.exec(ranges[1]?.range ?? "")?.[1])).toBeGreaterThan(0);
  });

  test("a later process goes on where an earlier one gave up", async () => {
    const { download, root, resolved } = await setUp(breakOff(50_000, 4));
    await expect(download()).rejects.toMatchObject({ name: "ResourceError", code: "download_broken" });
    const [unfinished] = (await readdir(join(root, "blobs"))).filter((name) => name.endsWith(".incomplete"));
    const have = (await readFile(join(root, "blobs", unfinished!))).byteLength;
    expect(have).toBeGreaterThan(0);
    expect(await readdir(join(root, "snapshots", COMMIT))).not.toContain("model.safetensors");
    await expect(readFile(join(root, "refs", "main"))).rejects.toThrow(/ENOENT/);

    const { dir } = await download();
    expect((await readFile(join(dir, "model.safetensors"))).equals(weights)).toBe(true);
    expect(resolved().at(-1)?.range).toBe(`bytes=${have}-`);
    expect((await readdir(join(root, "blobs"))).filter((name) => name.endsWith(".incomplete"))).toEqual([]);
  });

  test("a wrong start left by an earlier attempt is found out and fetched anew", async () => {
    const { download, root } = await setUp(breakOff(50_000, 4));
    await expect(download()).rejects.toMatchObject({ code: "download_broken" });
    const [unfinished] = (await readdir(join(root, "blobs"))).filter((name) => name.endsWith(".incomplete"));
    await writeFile(join(root, "blobs", unfinished!), new Uint8Array(60_000));
    const { dir } = await download();
    expect((await readFile(join(dir, "model.safetensors"))).equals(weights)).toBe(true);
  });

  test.each([
    ["the same length", (bytes: Uint8Array) => bytes.with(1000, bytes[1000]! ^ 1)],
    ["another length", (bytes: Uint8Array) => new Uint8Array([...bytes, 1])],
  ])("content of %s that does not have the checksum is refused and not kept", async (_, spoil) => {
    const spoilt = spoil(weights);
    const { download, root } = await setUp({
      ...model,
      intercept(request, response, path) {
        if (!path.endsWith("model.safetensors") || request.headers.range === "bytes=0-0") return false;
        response.writeHead(200, { "content-length": spoilt.byteLength }).end(spoilt);
        return true;
      },
    });
    const error = await download().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError" });
    expect(["checksum_mismatch", "download_too_long"]).toContain(error.code);
    expect(await readdir(join(root, "snapshots", COMMIT))).not.toContain("model.safetensors");
    expect((await readdir(join(root, "blobs"))).every((name) => name.length === 40)).toBe(true);
  });

  test("small files are verified by git's checksum", async () => {
    const { download } = await setUp({
      ...model,
      intercept(request, response, path) {
        if (!path.endsWith("merges.txt") || request.headers.range === "bytes=0-0") return false;
        response.writeHead(200).end("#versiom\n");
        return true;
      },
    });
    await expect(download()).rejects.toMatchObject({ code: "checksum_mismatch" });
  });
});

describe("refusals", () => {
  const status = (code: number): HubFixture => ({
    ...model,
    intercept(_, response) {
      response.writeHead(code, { "content-type": "application/json" }).end('{"error":"no"}');
      return true;
    },
  });

  test.each([
    [401, "hub_unauthorised", /does not exist or is private; set HF_TOKEN/],
    [403, "hub_forbidden", /gated: accept its terms/],
    [404, "hub_not_found", /there is no "owner\/tiny" with revision "main"/],
    [429, "hub_busy", /too many requests/],
    [500, "hub_failed", /status 500/],
  ])("status %d says what to do", async (code, name, message) => {
    const { download } = await setUp(status(code));
    const error = await download().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: name });
    expect(error.message).toMatch(message);
  });

  test.each([
    ["a page that is no JSON", "text/html", "<html>", /not the hub's/],
    ["JSON of another shape", "application/json", "{}", /no commit/],
  ])("a server that is no hub: %s", async (_, type, body, message) => {
    const { download } = await setUp({
      ...model,
      intercept(_request, response) {
        response.writeHead(200, { "content-type": type }).end(body);
        return true;
      },
    });
    const error = await download().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "hub_bad_answer" });
    expect(error.message).toMatch(message);
  });

  test("a listing that is no list", async () => {
    const { download } = await setUp({ ...model, tree: () => ({}) });
    await expect(download()).rejects.toMatchObject({ code: "hub_bad_answer" });
  });

  test("a cache that cannot be written", async () => {
    const { download, cacheDir } = await setUp();
    await writeFile(join(cacheDir, "file"), "");
    const promise = download({ cacheDir: join(cacheDir, "file") });
    await expect(promise).rejects.toMatchObject({ name: "ResourceError", code: "output_unwritable" });
  });

  test("an unknown revision", async () => {
    const { download } = await setUp();
    await expect(download({ revision: "v9" })).rejects.toThrow(/revision "v9"/);
  });

  test("a hub that cannot be reached", async () => {
    const cacheDir = await tempFolder();
    const promise = downloadModel("owner/tiny", { endpoint: "http://127.0.0.1:2", cacheDir });
    await expect(promise).rejects.toMatchObject({ name: "ResourceError", code: "hub_unreachable" });
  });

  test.each(["../x", "/x", "a/../../x.json", "a\\b.json", "C:x.json"])("a listed file %j", async (path) => {
    const { download, cacheDir } = await setUp({
      ...model,
      tree: (entries) => entries.map((entry) => (entry.path === "config.json" ? { ...entry, path } : entry)),
    });
    await expect(download({ patterns: ["**"] })).rejects.toMatchObject({ code: "unsafe_path" });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  test.each([
    { oid: "../../x" },
    { oid: undefined },
    { oid: [] },
    { path: { toString: 1 } },
    { size: -1 },
    { lfs: { oid: "x", size: 1 } },
  ])("a listing with wrong values %#", async (change) => {
    const { download } = await setUp({ ...model, tree: (entries) => entries.map((e) => ({ ...e, ...change })) });
    await expect(download()).rejects.toMatchObject({ code: "hub_bad_answer" });
  });

  test("a commit that is none", async () => {
    const { download } = await setUp({
      ...model,
      intercept(_, response) {
        response.writeHead(200, { "content-type": "application/json" }).end('{"sha":"../../x"}');
        return true;
      },
    });
    await expect(download()).rejects.toMatchObject({ code: "hub_bad_answer" });
  });

  test.each(["", "a/b/c", "../x", "a/..", "a b", "/x", "https://x/y"])("the name %j", async (name) => {
    await expect(downloadModel(name, { offline: true })).rejects.toMatchObject({ code: "bad_repo_name" });
  });

  test("a token that is none, and a revision that leaves the cache", async () => {
    const { download } = await setUp();
    await expect(download({ token: "secret" })).rejects.toMatchObject({ name: "ConfigError", code: "bad_hub_token" });
    await expect(download({ revision: "../../x" })).rejects.toMatchObject({ code: "unsafe_path" });
  });
});

test("offline, only the cache is asked, by branch or commit", async () => {
  const { download, seen, cacheDir } = await setUp();
  await expect(download({ offline: true })).rejects.toMatchObject({ code: "hub_offline" });
  expect(seen).toEqual([]);
  const online = await download();
  const requests = seen.length;
  expect(await download({ offline: true })).toEqual(online);
  expect(await downloadModel("owner/tiny", { cacheDir, offline: true, revision: COMMIT })).toEqual(online);
  expect(seen).toHaveLength(requests);
});

test("of a repository with pickles alone nothing is fetched, unless weights are not what is wanted", async () => {
  const { "model.safetensors": _, ...files } = model.files;
  const { download, resolved, cacheDir } = await setUp({ repo: "owner/tiny", files });
  const error = await download().catch((thrown) => thrown);
  expect(error).toMatchObject({ name: "FormatError", code: "pickle_refused" });
  expect(error.message).toContain('"owner/tiny" has no safetensors; its pytorch_model.bin');
  expect(resolved()).toHaveLength(0);
  expect(await readdir(cacheDir)).toEqual([]);
  expect((await download({ patterns: ["merges.txt"] })).files).toEqual(["merges.txt"]);
});
