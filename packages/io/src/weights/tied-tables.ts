import { FormatError } from "@dylora/errors";
import type { WeightSource } from "./weight-source.ts";

/** A token table and an output layer that a configuration may tie. */
export interface TiedNames {
  /** Name of the token table. */
  readonly table: string;
  /** Name of the output layer's weight, of the same shape. */
  readonly output: string;
  /** Shape of both. */
  readonly shape: readonly number[];
  /** Whether the configuration ties them (`tie_word_embeddings`). */
  readonly tied: boolean;
}

/** What {@link readTiedTables} found. */
export interface TiedTables {
  /** The token table. */
  readonly table: Float32Array;
  /** The output layer where it is another one than the table; undefined where they are one. */
  readonly output: Float32Array | undefined;
  /** What a person should know: the file contradicts the configuration. */
  readonly warnings: readonly string[];
}

/**
 * Reads a token table and its output layer as transformers 5 does: where the configuration ties them, a file may hold
 * either for both; where it holds both and they differ, both are kept, with a warning.
 *
 * @param weights at the root of the file
 * @throws `FormatError` `missing_tensor`, and what {@link WeightSource.read} throws.
 */
export async function readTiedTables(weights: WeightSource, names: TiedNames): Promise<TiedTables> {
  const { table: tableName, output: outputName, shape, tied } = names;
  const [hasTable, hasOutput] = [weights.has(tableName), weights.has(outputName)];
  if (tied && !(hasTable && hasOutput)) {
    const only = hasOutput ? outputName : tableName;
    return { table: await weights.read(only, shape), output: undefined, warnings: [] };
  }
  const table = await weights.read(tableName, shape);
  const output = await weights.read(outputName, shape).catch((cause) => {
    if (hasOutput || tied || cause?.code !== "missing_tensor") throw cause;
    const message = `${cause.message}; config.json says that it is not the token table (tie_word_embeddings is false)`;
    throw new FormatError("missing_tensor", message, { cause, details: cause.details });
  });
  if (!tied) return { table, output, warnings: [] };
  if (output.every((value, index) => value === table[index])) {
    return { table, output: undefined, warnings: [] };
  }
  const warning =
    `${weights.name}: ${outputName} and ${tableName} differ though config.json ties them (tie_word_embeddings); ` +
    "both are kept, as transformers 5 does";
  return { table, output, warnings: [warning] };
}
