import { createTokenizer, type Tokenizer } from "@dylora/data";
import { ResourceError } from "@dylora/errors";
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  bytesFromArray,
  openSafetensors,
  safetensorsWeights,
  type WeightSource,
} from "@dylora/io";

/** A model's files, read. */
export interface ModelFiles {
  /** Content of `config.json`. */
  readonly config: Record<string, unknown>;
  /** The weights, in memory. */
  readonly weights: WeightSource;
  /** Its tokenizer. */
  readonly tokenizer: Tokenizer;
}

async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new ResourceError("fetch_failed", `${url} could not be fetched: ${response.status} ${response.statusText}`);
}

/** Fetches a text file. @throws ResourceError `fetch_failed` */
export const fetchText = async (url: string): Promise<string> => (await fetchOk(url)).text();

const fetchBytes = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetchOk(url)).arrayBuffer());

/** Fetches a model in Hugging Face's layout. @throws ResourceError `fetch_failed` */
export async function fetchModel(folder: string): Promise<ModelFiles> {
  const json = async (name: string) => (await (await fetchOk(`${folder}/${name}`)).json()) as Record<string, unknown>;
  const [config, tokenizerJson, bytes] = await Promise.all([
    json("config.json"),
    json("tokenizer.json"),
    fetchBytes(`${folder}/model.safetensors`),
  ]);
  return {
    config,
    weights: safetensorsWeights(await openSafetensors(bytesFromArray(bytes, "model.safetensors"))),
    tokenizer: createTokenizer(tokenizerJson, { modelConfig: config }),
  };
}

/** Fetches the files of an adapter. @throws ResourceError `fetch_failed` */
export async function fetchAdapter(folder: string): Promise<Map<string, Uint8Array>> {
  const names = [ADAPTER_CONFIG, ADAPTER_WEIGHTS, "dylora.json"];
  return new Map(await Promise.all(names.map(async (name) => [name, await fetchBytes(`${folder}/${name}`)] as const)));
}
