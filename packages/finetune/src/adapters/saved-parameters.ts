import { ConfigError } from "@dylora/errors";
import { type LoadedPeftAdapter, overlayWeights, type TensorData, type WeightSource } from "@dylora/io";
import type { TokenTables } from "@dylora/lora-core";
import type { BaseModel } from "../models/base-model.ts";

/** A base model with what an adapter puts in the place of its weights. */
export interface AdaptedBase {
  /** The base model. */
  readonly base: BaseModel;
  /** What is left of the adapter: pairs, and parameters of the head. */
  readonly peft: LoadedPeftAdapter;
  /** What took the place of the base's, by the name in a model with a head. */
  readonly replaced: ReadonlyMap<string, TensorData>;
  /** What was done, in words. */
  readonly notes: readonly string[];
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

async function equals(weights: WeightSource, name: string, { shape, data }: TensorData): Promise<boolean> {
  if (!weights.has(name) || !sameShape(weights.shape(name), shape)) return false;
  const own = await weights.read(name, shape);
  return data.every((value, index) => value === own[index]);
}

function checkSize(name: string, { shape }: TensorData, weights: WeightSource, isTable: boolean, dir: string): void {
  if (!weights.has(name)) return;
  const own = weights.shape(name);
  const fits = isTable ? shape.length === 2 && shape[1] === own[1] : sameShape(shape, own);
  if (fits) return;
  throw new ConfigError(
    "adapter_mismatch",
    `${dir} does not fit the base model: it saves ${name} [${shape}] in place of the base's [${own}]: ` +
      "it was made for a base of another size. Give the base it was trained on",
    { details: { name, found: shape, wanted: own } },
  );
}

/** Token table and output layer after an adapter, as PEFT has them. Undefined: the base's. */
function tablesAfter(
  { input, output, tied }: TokenTables,
  saved: ReadonlyMap<string, TensorData>,
  isAnnounced: (name: string) => boolean,
) {
  const [savedInput, savedOutput] = [saved.get(input), output === undefined ? undefined : saved.get(output)];
  if (!tied || output === undefined) return { input: savedInput, output: savedOutput };
  // What modules_to_save names is a copy of its own; what is saved besides goes into the one table, the output layer last.
  const announced = (name: string, tensor: TensorData | undefined) => (isAnnounced(name) ? tensor : undefined);
  const unannounced = (name: string, tensor: TensorData | undefined) => (isAnnounced(name) ? undefined : tensor);
  const shared = unannounced(output, savedOutput) ?? unannounced(input, savedInput);
  return { input: announced(input, savedInput) ?? shared, output: announced(output, savedOutput) ?? shared };
}

/**
 * Puts whole parameters that an adapter saves, and that are no part of the head, in the place of the base model's, as
 * PEFT does: token tables after the vocabulary grew, and modules that `modules_to_save` names. The base's files stay as
 * they are; of its weights only the tensors that the adapter has too are read.
 *
 * @param dir what messages call the adapter
 * @param head names of the head's parameters
 * @throws ConfigError `adapter_mismatch` for one of another size
 */
export async function applySaved(
  base: BaseModel,
  peft: LoadedPeftAdapter,
  dir: string,
  head: readonly string[],
): Promise<AdaptedBase> {
  const { architecture } = base;
  const { tables, prefix } = architecture;
  const { weights } = base.folder;
  const isTableName = (name: string) => name === tables.input || name === tables.output;
  // A pooler lies in many files, and is part of a model with a head only where it is a site of it.
  const { sites } = architecture.outline(1);
  const usesPooler = sites.some(({ path }) => path.startsWith(`${prefix}pooler.`));
  const isPart = (name: string) => name.startsWith(prefix) && (usesPooler || !name.startsWith(`${prefix}pooler.`));
  const isRun = (name: string) => isPart(name) && weights.has(name);
  const nameOf = (name: string) => [name, prefix + name].find((own) => isTableName(own) || isRun(own));
  const [rest, saved] = [new Map<string, TensorData>(), new Map<string, TensorData>()];
  for (const [name, tensor] of peft.modulesToSave) {
    const own = head.includes(name) ? undefined : nameOf(name);
    if (own === undefined) rest.set(name, tensor);
    else saved.set(own, tensor);
  }
  if (saved.size === 0) return { base, peft, replaced: new Map(), notes: [] };
  for (const [name, tensor] of saved) checkSize(name, tensor, weights, isTableName(name), dir);

  const announced = peft.config.modules_to_save ?? [];
  const isAnnounced = (name: string) => announced.some((part) => `.${name}`.includes(`.${part}.`));
  const after = tablesAfter(tables, saved, isAnnounced);
  const replaced = new Map([...saved].filter(([name]) => !isTableName(name)));
  if (after.input !== undefined) replaced.set(tables.input, after.input);
  if (after.output !== undefined && tables.output !== undefined) replaced.set(tables.output, after.output);
  const equal: string[] = [];
  const isTiedHead = (name: string) => name === tables.output && tables.tied && !weights.has(name);
  for (const [name, tensor] of saved) {
    if (await equals(weights, isTiedHead(name) ? tables.input : name, tensor)) equal.push(name);
  }
  const left = { ...peft, modulesToSave: rest };
  const list = [...saved.keys()].join(", ");
  if (equal.length === saved.size) {
    const notes = [`${dir}: ${list} of the adapter ${saved.size === 1 ? "equals" : "equal"} the base model's`];
    return { base, peft: left, replaced: new Map(), notes };
  }

  let tied = tables.tied;
  if (tied && tables.output !== undefined && after.input !== after.output) {
    tied = false;
    const missing = after.input === undefined ? tables.input : after.output === undefined ? tables.output : undefined;
    if (missing !== undefined) {
      const shape = weights.shape(tables.input);
      replaced.set(missing, { shape, data: await weights.read(tables.input, shape) });
    }
  }
  const rows = [tables.input, tables.output].flatMap((name) => {
    const tensor = name === undefined ? undefined : replaced.get(name);
    return tensor === undefined ? [] : [tensor.shape[0] ?? 0];
  });
  const [size = architecture.vocabSize] = rows;
  if (
    rows.some((count) => count !== size) ||
    (!tied && rows.length === 1 && tables.output && size !== architecture.vocabSize)
  ) {
    throw new ConfigError(
      "adapter_mismatch",
      `${dir}: the token table and the output layer would have different numbers of tokens (${rows.join(", ")}; the base ` +
        `has ${architecture.vocabSize}): save both in PEFT, with save_embedding_layers=True`,
    );
  }
  const grown =
    size === architecture.vocabSize ? "" : `; the vocabulary has ${size} tokens in place of ${architecture.vocabSize}`;
  const changed = {
    ...base.folder.config,
    vocab_size: size,
    ...(tied === tables.tied ? {} : { tie_word_embeddings: tied }),
  };
  const folder = { ...base.folder, config: changed, weights: overlayWeights(weights, replaced) };
  return {
    base: { ...base, folder, architecture: base.descriptor.parse(changed, base.folder.generationConfig) },
    peft: left,
    replaced,
    notes: [
      `${dir}: ${list} of the adapter ${saved.size === 1 ? "takes" : "take"} the place of the base model's${grown}`,
    ],
  };
}
