import type { EncodedExample, Example } from "../example.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";

/**
 * Tokenises examples, keeping their labels and order.
 *
 * @throws ConfigError `bad_max_length`, `cannot_truncate`
 */
export function encodeExamples(
  tokenizer: Pick<Tokenizer, "encodeBatch">,
  examples: readonly Example[],
  options?: EncodeOptions,
): EncodedExample[] {
  return tokenizer.encodeBatch(examples, options).map((ids, i): EncodedExample => {
    const { label } = examples[i]!;
    return { inputIds: Int32Array.from(ids), ...(label === undefined ? {} : { label }) };
  });
}
