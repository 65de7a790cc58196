import { ConfigError } from "@dylora/errors";
import { type AdaptedModel, checkRank } from "@dylora/lora-core";
import type { Backend } from "@dylora/tensor";
import type { WorkContext } from "../context.ts";
import { type BaseModel, checkMemory, closingOnFailure, openBaseModel } from "../models/base-model.ts";
import { adaptersBase, givenBase } from "../models/find-base.ts";
import { leaseBackend } from "../models/lease-backend.ts";
import type { AdapterSource } from "./adapter-source.ts";

/** A base model with an adapter on it, computing. */
export interface LoadedAdapter {
  /** The model with its adapter. */
  readonly adapted: AdaptedModel;
  /** The backend. */
  readonly backend: Backend;
  /** Frees the model, closes its files and gives back the backend. */
  close(): Promise<void>;
}

/**
 * Opens the base model of an adapter, and refuses what cannot work, an adapter that does not fit above all, before any
 * weight is loaded.
 *
 * @param given what the person named as base and as the package of its family; default what the adapter names
 * @throws ConfigError `option_missing` when neither names one; and as {@link openBaseModel} and {@link checkMemory}
 */
export async function openBaseOf(
  source: AdapterSource,
  { base: given, model }: { readonly base?: string | undefined; readonly model?: string | undefined },
  context: WorkContext,
): Promise<BaseModel> {
  const name = given ?? source.baseName;
  if (name === undefined) {
    throw new ConfigError("option_missing", `'base' is missing: ${source.dir} does not name its base model`);
  }
  const origin = given === undefined ? adaptersBase(source.dir, name, source.baseRevision) : givenBase(name);
  const base = await openBaseModel(name, context, { origin, model, recordedModel: source.model });
  const { baseName } = source;
  if (baseName !== undefined && baseName !== name && baseName !== base.name) {
    context.note(`${source.dir} was made for the base model ${baseName}; it is used on ${base.name}, as 'base' says`);
  }
  return closingOnFailure(base, async () => {
    checkMemory(base, context);
    return (await source.prepare?.(base)) ?? base;
  });
}

/**
 * Refuses a rank that an adapter has not.
 *
 * @throws ConfigError `rank_out_of_range`
 */
export function checkRanks(source: AdapterSource, ranks: readonly number[]): void {
  for (const rank of ranks) checkRank(rank, 1, source.maxRank);
}

/**
 * Starts a backend where none is active, loads the base model and puts the adapter on it. Closes the base's files when it fails.
 *
 * @param options `outputs` of a classification head; none for models that generate. `note` is told what is odd about the
 * base's files
 */
export async function loadAdapted(
  source: AdapterSource,
  base: BaseModel,
  options: {
    readonly backend: string;
    readonly outputs?: number | undefined;
    readonly note: (line: string) => void;
  },
): Promise<LoadedAdapter> {
  const { backend, outputs, note } = options;
  const lease = await closingOnFailure(base, () => leaseBackend(backend));
  const closeFiles = () => base.folder.weights.close();
  try {
    const model = await base.architecture.load(base.folder.weights, { outputs });
    model.warnings?.forEach(note);
    const adapted = source.attachTo(model);
    return {
      adapted,
      backend: lease.backend,
      async close() {
        model.dispose();
        lease.release();
        await closeFiles();
      },
    };
  } catch (error) {
    lease.release();
    await closeFiles();
    throw error;
  }
}
