import { ConfigError, ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { HasDispose } from "../contract/disposable.ts";
import type { FrozenEmbedding } from "../contract/embedding.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Hands a table of vectors to the active backend.
 *
 * @param values `rows * features` numbers, row-major; not kept
 * @param shape `[rows, features]`
 * @param what what a row stands for, in error messages
 * @param output true for a table that {@link unembed} will be given: a backend that multiplies by it in another form may
 * then hold that form alone
 * @throws ShapeError `bad_shape` when the length does not fit
 */
export function freezeEmbedding(
  values: Float32Array,
  shape: [number, number],
  what: string,
  output = false,
): FrozenEmbedding {
  const [rows, features] = shape;
  if (values.length !== rows * features) {
    throw new ShapeError(
      "bad_shape",
      `a ${what} table of ${rows} by ${features} needs ${rows * features} numbers, got ${values.length}`,
    );
  }
  const frozen = fusedKernels().freezeTable(values, shape, output);
  const table = tf.keep(frozen.table);
  let { part } = frozen;
  const dispose = (): void => {
    table.dispose();
    part?.dispose();
    part = undefined;
  };
  return {
    table,
    what,
    prepared<Part extends HasDispose>(make: () => Part): Part {
      part ??= make();
      return part as Part;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/**
 * Rows of a frozen table.
 *
 * @param ids row numbers
 * @returns `[ids.length, features]`; the caller disposes it
 * @throws ConfigError `id_out_of_range` naming the first id that is no row
 * @throws ShapeError `bad_shape` when there are no ids
 */
export function embedding(ids: ArrayLike<number>, frozen: FrozenEmbedding): Tensor2D {
  const { table, what } = frozen;
  const [rows] = table.shape;
  if (ids.length === 0) throw new ShapeError("bad_shape", `no ${what} ids were given`);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (!Number.isInteger(id) || id < 0 || id >= rows) {
      throw new ConfigError("id_out_of_range", `${what} id ${id} (at ${i}) is outside 0 to ${rows - 1}`);
    }
  }
  return tf.tidy(() => fusedKernels().embed(Int32Array.from(ids), frozen));
}
