import type { EncodedExample, Example } from "../example.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";

/** Settings of {@link encodeExamples}. */
export interface EncodeExamplesOptions extends EncodeOptions {
  /** Called with the position of each example that is cut to `maxLength`. */
  readonly onCut?: (index: number) => void;
}

/**
 * Tokenises examples, keeping their labels and order.
 *
 * @throws ConfigError `bad_max_length`, `cannot_truncate`
 */
export function encodeExamples(
  tokenizer: Pick<Tokenizer, "encodeBatch">,
  examples: readonly Example[],
  { onCut, ...options }: EncodeExamplesOptions = {},
): EncodedExample[] {
  const { maxLength, ...uncut } = options;
  return tokenizer.encodeBatch(examples, options).map((ids, i): EncodedExample => {
    const example = examples[i]!;
    const { label } = example;
    // What is as long as it may be was cut, or just fits.
    if (onCut !== undefined && maxLength !== undefined && ids.length >= maxLength) {
      const [whole = []] = tokenizer.encodeBatch([example], uncut);
      if (whole.length > maxLength) onCut(i);
    }
    return { inputIds: Int32Array.from(ids), ...(label === undefined ? {} : { label }) };
  });
}
