import { BackendError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { matMul } from "./mat-mul.ts";
import { megabytes, refuseBuffer } from "./tfjs/guard-buffers.ts";
import { bufferLimit } from "./wgsl/program.ts";

/** Neighbouring rows of a matrix. */
interface Block {
  readonly first: number;
  readonly rows: Tensor2D;
}

/** A matrix `[rows, features]` that no buffer of the device holds, in blocks of rows that fit. */
export class SplitRows {
  readonly #blocks: Block[] = [];
  readonly #rows: number;

  /**
   * Keeps the blocks on the active backend.
   *
   * @param values `rows * features` numbers, row-major; read until each block has first been used
   * @throws BackendError `buffer_too_large` when not even a row fits
   */
  constructor(values: Float32Array, rows: number, features: number) {
    const limit = bufferLimit();
    const height = Math.floor(limit / (4 * features));
    if (height === 0) {
      throw new BackendError(
        "buffer_too_large",
        `a row of ${features} numbers does not fit this GPU, whose buffers hold at most ${megabytes(limit)}; ` +
          "use a backend on the CPU",
        { details: { size: 4 * features, limit } },
      );
    }
    this.#rows = rows;
    for (let first = 0; first < rows; first += height) {
      const count = Math.min(height, rows - first);
      const part = values.subarray(first * features, (first + count) * features);
      this.#blocks.push({ first, rows: tf.keep(tf.tensor2d(part, [count, features])) });
    }
  }

  /** Rows by their numbers. */
  gather(ids: Int32Array): Tensor2D {
    return tf.tidy(() => {
      const places: number[] = [];
      const found = this.#blocks.flatMap(({ first, rows }) => {
        const inside = [...ids.keys()].filter((i) => {
          const row = (ids[i] as number) - first;
          return row >= 0 && row < rows.shape[0];
        });
        if (inside.length === 0) return [];
        places.push(...inside);
        return [
          tf.gather(
            rows,
            tf.tensor1d(
              Int32Array.from(inside, (i) => (ids[i] as number) - first),
              "int32",
            ),
          ),
        ];
      });
      const back = new Int32Array(ids.length);
      for (const [at, place] of places.entries()) back[place] = at;
      return tf.gather(tf.concat2d(found, 0), tf.tensor1d(back, "int32"));
    });
  }

  /** a · Mᵀ for a of `[m, features]`: the blocks' products side by side, the same bits as one product's. */
  timesTransposed(a: Tensor2D): Tensor2D {
    refuseBuffer(4 * a.shape[0] * this.#rows, bufferLimit());
    return tf.tidy(() =>
      tf.concat2d(
        this.#blocks.map(({ rows }) => matMul(a, rows, false, true)),
        1,
      ),
    );
  }

  /** a · M for a of `[m, rows]`: the sum of the blocks' products. */
  times(a: Tensor2D): Tensor2D {
    return tf.tidy(() =>
      this.#blocks
        .map(({ first, rows }) => matMul(tf.slice2d(a, [0, first], [a.shape[0], rows.shape[0]]), rows))
        .reduce((sum, product) => tf.add(sum, product)),
    );
  }

  /** Frees the blocks. Calling it twice does nothing. */
  dispose(): void {
    for (const { rows } of this.#blocks.splice(0)) rows.dispose();
  }
}
