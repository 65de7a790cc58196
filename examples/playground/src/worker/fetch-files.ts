import { ResourceError } from "@dylora/errors";
import type { Files } from "@dylora/finetune/memory";
import { ADAPTER_CONFIG, ADAPTER_NOTE, ADAPTER_WEIGHTS } from "@dylora/io";

async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new ResourceError("fetch_failed", `${url} could not be fetched: ${response.status} ${response.statusText}`);
}

/** Fetches a text file. @throws ResourceError `fetch_failed` */
export const fetchText = async (url: string): Promise<string> => (await fetchOk(url)).text();

async function fetchAll(folder: string, names: readonly string[]): Promise<Files> {
  const fetchOne = async (name: string) =>
    [name, new Uint8Array(await (await fetchOk(`${folder}/${name}`)).arrayBuffer())] as const;
  return new Map(await Promise.all(names.map(fetchOne)));
}

/** Fetches the files of a model in Hugging Face's layout. @throws ResourceError `fetch_failed` */
export const fetchModel = (folder: string): Promise<Files> =>
  fetchAll(folder, ["config.json", "tokenizer.json", "model.safetensors"]);

/** Fetches the files of an adapter. @throws ResourceError `fetch_failed` */
export const fetchAdapter = (folder: string): Promise<Files> =>
  fetchAll(folder, [ADAPTER_CONFIG, ADAPTER_WEIGHTS, ADAPTER_NOTE]);
