import type { FrozenEmbedding } from "@dylora/tensor";
import { SplitRows } from "./split-rows.ts";
import { bufferLimit } from "./wgsl/program.ts";

/** The blocks of a table that no buffer of the device holds; undefined where one does. */
export function blocksOf(embedding: FrozenEmbedding): SplitRows | undefined {
  const { table } = embedding;
  if (4 * table.size <= bufferLimit()) return undefined;
  // A table is sent to the GPU when an op first takes it. None takes this one: it can be read here.
  return embedding.prepared(() => new SplitRows(table.dataSync<"float32">(), ...table.shape));
}
