import { FormatError } from "@dylora/errors";
import { downloadFile, fileDownloadInfo, HubApiError } from "@huggingface/hub";
import type { OpenRange } from "./fetch-blob.ts";
import type { HubParams, HubRepo } from "./list-repo.ts";

/** Drops the first bytes of a stream: of a server that sends a whole file where a part of it was asked for. */
async function* after(offset: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = offset;
  for await (const chunk of chunks) {
    if (left < chunk.byteLength) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.byteLength);
  }
}

/** The content of a file of the hub, from any offset on. */
export function openerOf(repo: HubRepo, path: string, revision: string, params: HubParams): OpenRange {
  // Part of a URL: a name may hold "#", "?" or "%".
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const query = { repo, path: encoded, revision, ...params };
  let xetFailed = false;
  return async (offset) => {
    const info = await fileDownloadInfo(query);
    if (info === null) throw new FormatError("hub_not_found", `${params.hubUrl}: "${repo.name}" has no file ${path}`);
    if (info.xet !== undefined && !xetFailed) {
      // The fast road of large files leads over another host, which a firewall may close; the hub serves them too.
      xetFailed = true;
      const blob = (await downloadFile({ ...query, downloadInfo: info })) as Blob;
      return (offset === 0 ? blob : blob.slice(offset)).stream();
    }
    const headers = {
      ...(offset === 0 ? {} : { range: `bytes=${offset}-` }),
      ...(params.accessToken === undefined ? {} : { authorization: `Bearer ${params.accessToken}` }),
    };
    const response = await params.fetch(info.url, { headers });
    if (!response.ok) throw new HubApiError(response.url, response.status);
    const chunks = response.body as ReadableStream<Uint8Array>;
    return response.status === 206 || offset === 0 ? chunks : after(offset, chunks);
  };
}
