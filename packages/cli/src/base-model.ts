import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FormatError, ResourceError } from "@dylora/errors";
import { elementCount, formatBytes } from "@dylora/io";
import { availableMemory, downloadModel, hasRoomFor, type ModelFolder, openModelFolder } from "@dylora/io/node";
import {
  loadRoberta,
  parseRobertaConfig,
  type Roberta,
  type RobertaConfig,
  sequenceClassification,
} from "@dylora/model-roberta";
import type { CommandContext } from "./context.ts";

/** An open base model: its configuration is checked, its weights are still on the disk. */
export interface BaseModel {
  /** As the person gave it, a path made absolute: what adapters and records name. */
  readonly name: string;
  /** Its folder. */
  readonly dir: string;
  /** Its files. */
  readonly folder: ModelFolder;
  /** Its configuration. */
  readonly config: RobertaConfig;
  /** As its `config.json` names it: `roberta`. */
  readonly architecture: string;
  /** Parameters in its files. */
  readonly parameters: number;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

async function findFolder(name: string, context: CommandContext): Promise<{ name: string; dir: string }> {
  if (await isFolder(name)) return { name: resolve(name), dir: resolve(name) };
  if (!/^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name)) {
    throw new FormatError(
      "file_missing",
      `--base ${name}: there is no such folder, and it is no hub name (owner/name)`,
      {
        details: { path: name },
      },
    );
  }
  let progress: ReturnType<CommandContext["progress"]> | undefined;
  const { dir } = await downloadModel(name, {
    onProgress: ({ doneBytes, totalBytes, file }) => {
      progress ??= context.progress({ title: `download ${name}`, total: megabytes(totalBytes), unit: "MB" });
      progress.update(megabytes(doneBytes), file);
    },
  });
  progress?.end();
  return { name, dir };
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/**
 * Opens a base model by folder or hub name (which is downloaded into the standard cache), without loading its weights.
 *
 * @throws FormatError and ResourceError as `openModelFolder`, `parseRobertaConfig` and `downloadModel`
 */
export async function openBaseModel(nameOrFolder: string, context: CommandContext): Promise<BaseModel> {
  const { name, dir } = await findFolder(nameOrFolder, context);
  const folder = await openModelFolder(dir);
  try {
    const config = parseRobertaConfig(folder.config);
    const { weights } = folder;
    const parameters = weights.names().reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0);
    return { name, dir, folder, config, architecture: String(folder.config["model_type"]), parameters };
  } catch (error) {
    await folder.weights.close();
    throw error;
  }
}

/** Memory that loading takes, as a multiple of the weights in float32. */
const LOAD_FACTOR = 1.3;

/**
 * Refuses a model that the memory at hand cannot hold.
 *
 * @throws ResourceError `out_of_memory`
 */
export function checkMemory(
  { name, parameters }: BaseModel,
  { availableMemory: memory = availableMemory }: CommandContext,
): void {
  const needed = parameters * Float32Array.BYTES_PER_ELEMENT * LOAD_FACTOR;
  const free = memory();
  if (hasRoomFor(needed, free)) return;
  throw new ResourceError(
    "out_of_memory",
    `${name} needs about ${formatBytes(needed)} of memory and ${formatBytes(free)} are free; use a smaller model or a larger machine`,
    { details: { bytes: needed, available: free } },
  );
}

/**
 * Loads a base model with a classification (or regression) head onto the active engine.
 *
 * @param labels outputs of the head
 * @param seed of a head that the files do not hold
 * @returns the model; the caller disposes it
 */
export async function loadClassifier(base: BaseModel, labels: number, seed: number): Promise<Roberta> {
  const { config, weights } = base.folder;
  return loadRoberta({ config, weights, head: sequenceClassification(labels), seed });
}
