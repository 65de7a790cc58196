import { createTokenizer, type Tokenizer } from "@dylora/data";
import { FormatError } from "@dylora/errors";
import {
  bytesFromArray,
  elementCount,
  type JsonObject,
  openSafetensors,
  parseJsonObject,
  safetensorsWeights,
} from "@dylora/io";
import type { ModelDescriptor } from "@dylora/lora-core";
import type { BaseModel } from "../models/base-model.ts";
import { findDescriptor } from "../models/find-descriptor.ts";

/** A base model whose files are in memory. */
export interface Model extends BaseModel {
  /** Its tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Lets go of its files. Runs that stand on it are closed before. */
  close(): Promise<void>;
}

/** Files of a model or an adapter by name, such as `config.json`. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** How a model's files are read. */
export interface OpenModelOptions {
  /** What adapters and records name as the base model. Default empty. */
  readonly name?: string;
  /** Families of models that dylora does not know by itself. */
  readonly models?: readonly ModelDescriptor[];
}

function required(files: Files, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes !== undefined) return bytes;
  throw new FormatError("file_missing", `the files of the model lack ${name}`, { details: { path: name } });
}

const jsonIn = (files: Files, name: string): JsonObject | undefined => {
  const bytes = files.get(name);
  return bytes === undefined ? undefined : parseJsonObject(bytes, name);
};

/**
 * Opens a base model whose files are in memory: `config.json`, `model.safetensors` and `tokenizer.json`, as a page has
 * fetched them.
 *
 * @returns the model; the caller closes it
 * @throws FormatError `file_missing`, `bad_model_config`, and as the readers of safetensors and tokenizers
 */
export async function openModel(files: Files, { name = "", models = [] }: OpenModelOptions = {}): Promise<Model> {
  const config = parseJsonObject(required(files, "config.json"), "config.json");
  const generationConfig = jsonIn(files, "generation_config.json");
  const descriptor = await findDescriptor(config, models);
  const architecture = descriptor.parse(config, generationConfig);
  const bytes = bytesFromArray(required(files, "model.safetensors"), "model.safetensors");
  const weights = architecture.named(safetensorsWeights(await openSafetensors(bytes)));
  const close = () => weights.close();
  const tokenizer = createTokenizer(parseJsonObject(required(files, "tokenizer.json"), "tokenizer.json"), {
    modelConfig: config,
  });
  return {
    name,
    dir: "",
    revision: undefined,
    folder: {
      dir: "",
      config,
      generationConfig,
      weights,
      files: [...files.keys()],
      close,
      [Symbol.asyncDispose]: close,
    },
    descriptor,
    architecture,
    parameters: weights.names().reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0),
    tokenizer,
    close,
  };
}
