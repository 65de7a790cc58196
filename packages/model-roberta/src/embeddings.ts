import { ConfigError, ShapeError } from "@dylora/errors";
import type { WeightSource } from "@dylora/io";
import type { ForwardContext, TokenBatch } from "@dylora/lora-core";
import {
  type DisposableStack,
  dropout,
  embedding,
  type FrozenEmbedding,
  freezeEmbedding,
  layerNorm,
  readNorm,
  unrecorded,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { maxLength, type RobertaConfig } from "./config.ts";

/** Token, position and type embeddings with their normalisation. */
export interface Embeddings {
  /** Token table, shared with a tied output layer. */
  readonly words: FrozenEmbedding;
  /**
   * Hidden states `[size * length, hidden]` of a batch; the caller disposes them.
   *
   * @throws ConfigError `sequence_too_long`, or `id_out_of_range` for a token that is not in the vocabulary
   * @throws ShapeError `bad_shape` when there are not `size * length` ids
   */
  forward(inputs: TokenBatch, context: ForwardContext): Tensor2D;
}

/**
 * Positions as transformers counts them (`create_position_ids_from_input_ids`): from padTokenId + 1 over the tokens that
 * are not padding, wherever the padding is.
 *
 * @returns `size * length` rows of the position table, row-major
 */
export function positionIds({ inputIds, size, length }: TokenBatch, padTokenId: number): Int32Array {
  const positions = new Int32Array(size * length);
  for (let row = 0; row < size; row++) {
    let seen = 0;
    for (let at = row * length; at < (row + 1) * length; at++) {
      if (inputIds[at] === padTokenId) positions[at] = padTokenId;
      else positions[at] = padTokenId + ++seen;
    }
  }
  return positions;
}

/**
 * Reads the embeddings.
 *
 * @param source cursor at `embeddings`
 * @param stack frees them
 * @param table the token table, and whether it is the output layer too
 */
export async function readEmbeddings(
  source: WeightSource,
  config: RobertaConfig,
  stack: DisposableStack,
  table: { readonly values: Float32Array; readonly tied: boolean },
): Promise<Embeddings> {
  const { hiddenSize, vocabSize, maxPositions, typeVocabSize, padTokenId, epsilon, hiddenDropout } = config;
  const read = async (name: string, rows: number, what: string): Promise<FrozenEmbedding> =>
    stack.use(freezeEmbedding(await source.read(`${name}.weight`, [rows, hiddenSize]), [rows, hiddenSize], what));
  const words = stack.use(freezeEmbedding(table.values, [vocabSize, hiddenSize], "token", table.tied));
  const positions = await read("position_embeddings", maxPositions, "position");
  const types = await read("token_type_embeddings", typeVocabSize, "token type");
  const norm = await readNorm(source, "LayerNorm", hiddenSize, stack);
  return {
    words,
    forward(inputs, context) {
      checkBatch(inputs, maxLength(config));
      return unrecorded(() => {
        const token = embedding(inputs.inputIds, words);
        const position = embedding(positionIds(inputs, padTokenId), positions);
        const type = tf.slice2d(types.table, [0, 0], [1, hiddenSize]);
        const sum = tf.add(tf.add(token, type), position) as Tensor2D;
        const normalised = layerNorm(sum, norm.gamma, norm.beta, epsilon);
        return dropout(normalised, context.dropout("roberta.embeddings.dropout", hiddenDropout), inputs.size);
      });
    },
  };
}

function checkBatch({ inputIds, size, length }: TokenBatch, longest: number): void {
  if (length > longest) {
    throw new ConfigError(
      "sequence_too_long",
      `a sequence has ${length} tokens; this model takes ${longest}: truncate to maxLength ${longest}`,
      { details: { length, longest } },
    );
  }
  if (inputIds.length === size * length) return;
  throw new ShapeError("bad_shape", `${inputIds.length} token ids for ${size} sequences of ${length} tokens`);
}
