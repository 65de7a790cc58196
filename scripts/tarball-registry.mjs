// A registry of nothing but packed tarballs, for the time of a check: what a stranger's `npm install` would see after
// the release of every package. Everything outside the scope comes from npm's own registry.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";
import { readTarball } from "./packages.mjs";

/** Serves `tarballs` (of `packAll`) on a free port: `{ url, close }`. Its `url` goes into `@dylora:registry=`. */
export async function serveTarballs(tarballs) {
  const files = new Map(tarballs.map(({ file }) => [basename(file), file]));
  const documents = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const document = documents.get(path);
    const file = files.get(basename(path));
    response.setHeader("cache-control", "no-store"); // another run may get the same port
    if (document !== undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(document));
    else if (file !== undefined) response.end(readFileSync(file));
    else response.writeHead(404).end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  for (const { name, version, file } of tarballs) {
    const integrity = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
    const dist = { tarball: `${url}-/${basename(file)}`, integrity };
    const versions = { [version]: { ...(await readTarball(file)).manifest, dist } };
    documents.set(name, { name, "dist-tags": { latest: version }, versions });
  }
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url, close };
}
