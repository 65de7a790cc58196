import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { tempFolder } from "../fixtures/temp-folder.ts";
import { type DownloadOptions, downloadModel } from "./download.ts";
import { COMMIT, type HubFixture, startHub } from "./fixtures/hub-server.ts";

const text = (content: string) => new TextEncoder().encode(content);
const weights = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251);
const files = { "config.json": text("{}"), "merges.txt": text("#version\na b\n"), "model.safetensors": weights };
const model: HubFixture = { repo: "owner/tiny", large: ["model.safetensors"], files };

type Answer = (response: ServerResponse, asked: number, range: string | undefined) => boolean;

/** A hub whose answers to requests for `file` are made by `answer`, while that returns true. */
function answering(answer: Answer, file = "model.safetensors", fixture: HubFixture = model): HubFixture {
  let asked = 0;
  return {
    ...fixture,
    intercept({ headers: { range } }, response, path) {
      if (!path.endsWith(file) || range === "bytes=0-0") return false;
      return answer(response, asked++, range);
    },
  };
}

async function setUp(fixture: HubFixture = model) {
  const { endpoint, seen } = await startHub(fixture);
  const cacheDir = await tempFolder();
  const download = (options: DownloadOptions = {}) => downloadModel(fixture.repo, { endpoint, cacheDir, ...options });
  const root = join(cacheDir, "models--owner--tiny");
  const bodies = (name: string) => seen.filter(({ path, range }) => path.endsWith(name) && range !== "bytes=0-0");
  return { endpoint, cacheDir, download, root, seen, bodies };
}

/** Whether a file of the snapshot is what the hub holds. */
const isWhole = async (dir: string, name: keyof typeof files = "model.safetensors") =>
  (await readFile(join(dir, name))).equals(files[name]);

describe("what is in the cache", () => {
  test("a blob of another size than the hub lists is fetched anew", async () => {
    const { download, root } = await setUp();
    const { dir } = await download();
    for (const blob of await readdir(join(root, "blobs"))) await truncate(join(root, "blobs", blob), 1);
    await download();
    expect(await isWhole(dir)).toBe(true);
    expect(await isWhole(dir, "merges.txt")).toBe(true);
  });

  test("offline, a text that was cut short is refused by name", async () => {
    const { download } = await setUp();
    const { dir } = await download();
    expect((await download({ offline: true })).dir).toBe(dir);
    await truncate(join(dir, "merges.txt"), 9);
    const error = await download({ offline: true }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "checksum_mismatch" });
    expect(error.message).toMatch(/merges\.txt.*remove it/);
  });

  // Making a file system needs root, and Linux.
  const mountable = process.platform === "linux" && process.getuid?.() === 0;
  test.skipIf(!mountable)("a full disk leaves no file that looks whole", async (context) => {
    const disk = await tempFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2500k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      return context.skip("this machine lets nothing be mounted");
    }
    onTestFinished(() => void execFileSync("umount", ["-l", disk]));
    const { download } = await setUp();
    await expect(download({ cacheDir: disk })).rejects.toMatchObject({ code: "output_unwritable" });
    const blobs = await readdir(join(disk, "models--owner--tiny", "blobs"));
    expect(blobs.filter((name) => name.length === 64)).toEqual([]);
    execFileSync("mount", ["-o", "remount,size=20m", disk]);
    expect(await isWhole((await download({ cacheDir: disk })).dir)).toBe(true);
  });
});

describe("faults that pass", () => {
  test.each([429, 500, 503])("status %d for the content is asked for again", async (status) => {
    const fixture = answering((response, asked) => {
      if (asked > 1) return false;
      response.writeHead(status, { "retry-after": "0" }).end("later");
      return true;
    });
    const { download } = await setUp(fixture);
    expect(await isWhole((await download()).dir)).toBe(true);
  });

  test("status 503 for the description and for the list", async () => {
    const before = new Map<string, number>();
    const { download } = await setUp({
      ...model,
      intercept(_, response, path) {
        const asked = before.get(path) ?? 0;
        before.set(path, asked + 1);
        if (!path.startsWith("/api/") || asked > 0) return false;
        response.writeHead(503).end();
        return true;
      },
    });
    expect(await isWhole((await download()).dir)).toBe(true);
    expect([...before].filter(([path]) => path.startsWith("/api/")).map(([, asked]) => asked)).toEqual([2, 2]);
  });

  test("a connection that is reset before the answer begins", async () => {
    const { download } = await setUp(
      answering((response, asked) => asked === 0 && Boolean(response.socket?.destroy())),
    );
    expect(await isWhole((await download()).dir)).toBe(true);
  });

  test("a list that breaks off in the middle", async () => {
    const fixture = answering((response, asked) => {
      if (asked > 0) return false;
      response.writeHead(200, { "content-type": "application/json", "content-length": 1000 }).write('[{"type":');
      setTimeout(() => response.destroy(), 30);
      return true;
    }, `/tree/${COMMIT}`);
    const { download } = await setUp(fixture);
    expect(await isWhole((await download()).dir)).toBe(true);
  });

  test("a server that stops in the middle is taken up where it stopped", async () => {
    const fixture = answering((response, asked) => {
      if (asked > 0) return false;
      response.writeHead(200, { "content-length": weights.byteLength }).write(weights.subarray(0, 2_000_000));
      return true;
    });
    const { download, bodies } = await setUp(fixture);
    expect(await isWhole((await download({ timeout: 400 })).dir)).toBe(true);
    expect(bodies("model.safetensors").at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test("a server that sends the whole where a part was asked for", async () => {
    const fixture = answering((response, asked) => {
      const whole = response.writeHead(200, { "content-length": weights.byteLength });
      if (asked > 0) whole.end(weights);
      else {
        whole.write(weights.subarray(0, 1_200_000));
        setTimeout(() => response.destroy(), 50);
      }
      return true;
    });
    const { download } = await setUp(fixture);
    expect(await isWhole((await download()).dir)).toBe(true);
  });
});

describe("faults that stay", () => {
  test.each([
    [403, "hub_forbidden"],
    [404, "hub_not_found"],
    [503, "hub_failed"],
    [429, "hub_busy"],
  ])("status %d for the content is an error of ours", async (status, code) => {
    const fixture = answering((response) => Boolean(response.writeHead(status).end("no")));
    const { download } = await setUp(fixture);
    await expect(download()).rejects.toMatchObject({ name: "FormatError", code });
  });

  test("a server that says nothing", async () => {
    const { download } = await setUp({ ...model, intercept: () => true });
    const promise = download({ timeout: 100 });
    await expect(promise).rejects.toMatchObject({ name: "ResourceError", code: "hub_unreachable" });
  });

  test("an answer without content", async () => {
    const { download } = await setUp(answering((response) => Boolean(response.writeHead(204).end())));
    await expect(download()).rejects.toMatchObject({ name: "FormatError", code: "hub_bad_answer" });
  });

  test("a list without an end, and one that is too large", async () => {
    const endless: HubFixture = answering((response) => {
      const host = `http://${response.req.headers.host}`;
      const headers = { "content-type": "application/json", link: `<${host}${response.req.url}>; rel="next"` };
      return Boolean(response.writeHead(200, headers).end("[]"));
    }, `/tree/${COMMIT}`);
    const { download } = await setUp(endless);
    const error = await download().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "hub_bad_answer" });
    expect(error.message).toMatch(/has no end/);

    const large = answering((response) => {
      response.writeHead(200, { "content-type": "application/json" }).write("[");
      const spaces = " ".repeat(1 << 20);
      const more = () => {
        while (!response.destroyed && response.write(spaces));
      };
      response.on("drain", more);
      more();
      return true;
    }, `/tree/${COMMIT}`);
    const second = await setUp(large);
    await expect(second.download()).rejects.toThrow(/more than/);
  });

  test("a signal stops it and keeps what has arrived", async () => {
    const fixture = answering((response, asked) => {
      if (asked > 0) return false;
      response.writeHead(200, { "content-length": weights.byteLength }).write(weights.subarray(0, 1_500_000));
      return true;
    });
    const { download, bodies } = await setUp(fixture);
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ done }: { done: number }) => done > 1_000_000 && stop.abort(reason);
    await expect(download({ signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(await isWhole((await download()).dir)).toBe(true);
    expect(bodies("model.safetensors").at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });
});

describe("a hub that cannot be asked", () => {
  const nowhere = "http://127.0.0.1:2";

  test("the cache's copy is given, with the reason", async () => {
    const { download } = await setUp();
    const online = await download();
    expect(online.unasked).toBeUndefined();
    const { unasked, ...found } = await download({ endpoint: nowhere });
    expect(found).toEqual(online);
    expect(unasked).toMatchObject({ code: "hub_unreachable" });
  });

  test("without a copy, or with a damaged one, it is an error", async () => {
    const { download } = await setUp();
    await expect(download({ endpoint: nowhere })).rejects.toMatchObject({ code: "hub_unreachable" });
    const { dir } = await download();
    await truncate(join(dir, "merges.txt"), 9);
    await expect(download({ endpoint: nowhere })).rejects.toMatchObject({ code: "checksum_mismatch" });
  });

  test("a hub that says no is heard", async () => {
    let gone = false;
    const { download } = await setUp({
      ...model,
      intercept: (_, response) => gone && Boolean(response.writeHead(404).end()),
    });
    await download();
    gone = true;
    await expect(download()).rejects.toMatchObject({ code: "hub_not_found" });
  });
});

describe("several processes", () => {
  test("one fetches, the others wait for it", async () => {
    const { download, bodies } = await setUp();
    const all = await Promise.all(Array.from({ length: 4 }, () => download()));
    for (const { dir } of all) expect(await isWhole(dir)).toBe(true);
    expect(bodies("model.safetensors")).toHaveLength(1);
  });

  test("what a process left when it was killed is gone on with", async () => {
    const { download, root, bodies } = await setUp();
    const { dir } = await download();
    const [blob] = (await readdir(join(root, "blobs"))).filter((name) => name.length === 64);
    const partial = join(root, "blobs", `${blob}.dylora.incomplete`);
    await rm(join(root, "blobs", blob!));
    await writeFile(partial, weights.subarray(0, 2_500_000));
    await download();
    expect(await isWhole(dir)).toBe(true);
    expect(bodies("model.safetensors").at(-1)?.range).toBe("bytes=2500000-");
  });
});

describe("the token", () => {
  /** Another server, that serves the weights and keeps what it was told. */
  async function elsewhere() {
    const tokens: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      const length = { "content-length": weights.byteLength, etag: '"x"', "x-cache": "Hit from cloudfront" };
      const probe = request.headers.range === "bytes=0-0";
      if (probe) response.writeHead(206, { ...length, "content-length": 1, "content-range": "bytes 0-0/3000000" });
      else response.writeHead(200, length);
      response.end(probe ? weights.subarray(0, 1) : weights);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/blob`, tokens };
  }

  test("goes to the hub and to no host that it points to", async () => {
    const { url, tokens } = await elsewhere();
    const { download, seen } = await setUp({
      ...model,
      intercept(_, response, path) {
        if (!path.endsWith("model.safetensors")) return false;
        return Boolean(response.writeHead(302, { location: url }).end());
      },
    });
    expect(await isWhole((await download({ token: "hf_secret" })).dir)).toBe(true);
    expect(tokens).toEqual([undefined, undefined]);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]));
  });

  test("does not go where the list says that it continues", async () => {
    const { url, tokens } = await elsewhere();
    const { download } = await setUp(
      answering((response) => {
        const headers = { "content-type": "application/json", link: `<${url}>; rel="next"` };
        return Boolean(response.writeHead(200, headers).end("[]"));
      }, `/tree/${COMMIT}`),
    );
    await expect(download({ token: "hf_secret" })).rejects.toMatchObject({ code: "hub_bad_answer" });
    expect(tokens).toEqual([undefined]);
  });
});

test("names with characters that mean something in a URL", async () => {
  const names = [
    "a#b.json",
    "what?.json",
    "100%.json",
    "%2e%2e.txt",
    "white space.txt",
    "naïve-日本.json",
    "a&b=c+d.txt",
  ];
  const { download } = await setUp({
    repo: "owner/tiny",
    files: Object.fromEntries(names.map((name) => [name, text(name)])),
  });
  const { dir, files: got } = await download();
  expect(got).toEqual(names.toSorted());
  for (const name of names) expect(await readFile(join(dir, name), "utf8")).toBe(name);
});
