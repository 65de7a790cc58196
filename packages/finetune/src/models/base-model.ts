import { ConfigError, ResourceError } from "@dylora/errors";
import { elementCount, formatBytes } from "@dylora/io";
import { availableMemory, hasRoomFor, type ModelFolder, openModelFolder } from "@dylora/io/node";
import type { ModelArchitecture, ModelDescriptor } from "@dylora/lora-core";
import type { WorkContext } from "../context.ts";
import { type BaseOrigin, findBase, givenBase } from "./find-base.ts";
import { findDescriptor } from "./find-descriptor.ts";
import { isPackageName, openModelPackage } from "./model-package.ts";

/** An open base model: its configuration is checked, its weights are still on the disk. */
export interface BaseModel {
  /** As the person gave it, a path made absolute: what adapters and records name. */
  readonly name: string;
  /** Its folder. */
  readonly dir: string;
  /** Branch, tag or commit on the hub, where an adapter asked for one. */
  readonly revision: string | undefined;
  /** Folder of the tokenizer that an adapter brings in place of the model's own. */
  readonly tokenizerDir?: string;
  /** Its files; the weights under the names that transformers' class has. */
  readonly folder: ModelFolder;
  /** The family it is of. */
  readonly descriptor: ModelDescriptor;
  /** What its `config.json` says. */
  readonly architecture: ModelArchitecture;
  /** Parameters in its files. */
  readonly parameters: number;
}

/** What else {@link openBaseModel} can be told. */
export interface OpenBaseOptions {
  /** Who named it; default the person. */
  readonly origin?: BaseOrigin;
  /** A package or script that describes its family; default one of ours. */
  readonly model?: string | undefined;
  /** What a run's record says in its place. A package is taken; a script is not run, since nobody here named it. */
  readonly recordedModel?: string | undefined;
}

/** The error where a script would be needed that only a record names. */
function scriptNotRun(model: string, cause: unknown): ConfigError {
  const problem = `the run was trained with the script ${model}, which is run only where you name it: give 'model'`;
  return new ConfigError("option_missing", problem, { cause, details: { model } });
}

/**
 * Opens a base model by folder or hub name (which is downloaded into the standard cache), without loading its weights.
 *
 * @throws ConfigError, FormatError and ResourceError as `openModelFolder`, {@link openModelPackage},
 * {@link findDescriptor} and {@link findBase}
 */
export async function openBaseModel(
  nameOrFolder: string,
  context: WorkContext,
  { origin = givenBase(nameOrFolder), model, recordedModel }: OpenBaseOptions = {},
): Promise<BaseModel> {
  const isScript = recordedModel !== undefined && !isPackageName(recordedModel);
  const named = model ?? (isScript ? undefined : recordedModel);
  const given = [...(named === undefined ? [] : [await openModelPackage(named)]), ...context.models];
  const { name, dir, revision } = await findBase(nameOrFolder, origin, context);
  const folder = await openModelFolder(dir);
  try {
    const descriptor = await findDescriptor(folder.config, given).catch((cause) => {
      throw isScript && named === undefined ? scriptNotRun(recordedModel, cause) : cause;
    });
    const architecture = descriptor.parse(folder.config, folder.generationConfig);
    const weights = architecture.named(folder.weights);
    const parameters = weights.names().reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0);
    return { name, dir: folder.dir, revision, folder: { ...folder, weights }, descriptor, architecture, parameters };
  } catch (error) {
    await folder.weights.close();
    throw error;
  }
}

/** What records and reports say about a base model. */
export const describeBase = ({ name, architecture, parameters }: BaseModel) => ({
  name,
  architecture: architecture.name,
  parameters,
});

/**
 * Does something with an open base model, and closes its files when that fails.
 *
 * @param base undefined where the files are not ours to close
 */
export async function closingOnFailure<T>(base: BaseModel | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await base?.folder.weights.close();
    throw error;
  }
}

/** Memory that loading takes where the model does not say, as a multiple of the weights in float32. */
const LOAD_FACTOR = 1.3;

/**
 * Refuses a model that the memory at hand cannot hold.
 *
 * @throws ResourceError `out_of_memory`
 */
export function checkMemory(
  { name, parameters, architecture }: BaseModel,
  { availableMemory: memory = availableMemory }: WorkContext,
): void {
  const needed = architecture.memory?.(parameters) ?? parameters * Float32Array.BYTES_PER_ELEMENT * LOAD_FACTOR;
  const free = memory();
  if (hasRoomFor(needed, free)) return;
  throw new ResourceError(
    "out_of_memory",
    `${name} needs about ${formatBytes(needed)} of memory and ${formatBytes(free)} are free; use a smaller model or a larger machine`,
    { details: { bytes: needed, available: free } },
  );
}

/**
 * Refuses a model that is for something else.
 *
 * @param what what needs it: `generating`, `task sst2`
 * @throws ConfigError `wrong_architecture`
 */
export function checkPurpose(
  { name, architecture }: BaseModel,
  purpose: ModelArchitecture["purpose"],
  what: string,
): void {
  if (architecture.purpose === purpose) return;
  const [needed, other] =
    purpose === "generation"
      ? ["a model that generates text (gpt2)", "predicting and tasks of classification"]
      : ["a model that classifies (roberta)", "generating and the tasks e2e, dart, webnlg, jsonl"];
  throw new ConfigError("wrong_architecture", `${what} needs ${needed}; ${name} is ${architecture.name}, for ${other}`);
}
