import { ShapeError } from "@dylora/errors";
import type { PeftPair } from "./adapter.ts";
import { type PeftScaling, rankFor } from "./patterns.ts";

/**
 * Checks that every pair is A [r, in] and B [out, r] with the rank that the configuration gives its module.
 *
 * @param file what messages call the adapter
 * @throws `ShapeError` `peft_pair_shape` or `peft_rank_mismatch`.
 */
export function checkPairs(tensors: ReadonlyMap<string, PeftPair>, config: PeftScaling, file: string): void {
  for (const [path, { A, B }] of tensors) {
    const shapes = `A [${A.shape.join(", ")}], B [${B.shape.join(", ")}]`;
    if (A.shape.length !== 2 || B.shape.length !== 2 || A.shape[0] !== B.shape[1]) {
      throw new ShapeError("peft_pair_shape", `${file}: "${path}" has ${shapes}; expected A [r, in] and B [out, r]`, {
        details: { file, path },
      });
    }
    const rank = rankFor(config, path);
    if (A.shape[0] !== rank) {
      const message = `${file}: "${path}" has ${shapes}, but r or rank_pattern gives it rank ${rank}`;
      throw new ShapeError("peft_rank_mismatch", message, { details: { file, path, expected: rank } });
    }
  }
}
