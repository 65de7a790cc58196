// A hub of one repository, which sends its files in small pieces, so that a download lasts.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

const commit = "0123456789abcdef0123456789abcdef01234567";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Starts it. `files` are contents by name. */
export async function startHub(repo, files) {
  const listing = Object.entries(files).map(([path, bytes]) => {
    const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: 134 };
    return { type: "file", path, size: bytes.length, oid: "f".repeat(40), lfs };
  });
  const json = (response, value) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    const name = path.slice(`/${repo}/resolve/${commit}/`.length);
    if (path.startsWith(`/api/models/${repo}/revision/`))
      return json(response, { _id: "1", id: repo, sha: commit, lastModified: 0 });
    if (path === `/api/models/${repo}/tree/${commit}`) return json(response, listing);
    if (!path.startsWith(`/${repo}/resolve/`) || files[name] === undefined) return response.writeHead(404).end();
    const bytes = files[name];
    const [, first = "0", last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const part = bytes.subarray(Number(first), last ? Number(last) + 1 : undefined);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      "content-length": part.length,
      "content-range": `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`,
      etag: `"${sha256(bytes)}"`,
    });
    for (let at = 0; at < part.length; at += 65_536) {
      if (request.destroyed || !response.writable) return;
      response.write(part.subarray(at, at + 65_536));
      await wait(10);
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { endpoint: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
