import { splitWhitespace, strip } from "../text/whitespace.ts";

/** How microsoft/LoRA's `gpt2_decode.py` rewrites texts before scoring. */
export interface LoraTextOptions {
  /** `--lower`. Default false. */
  readonly lowercase?: boolean;
  /** `--tokenize`: every character but letters, digits and `_` apart. Default false. */
  readonly tokenize?: boolean;
}

/**
 * A generated text, or a reference, as microsoft/LoRA's `gpt2_decode.py` writes it for scoring: cut at the first
 * `<|endoftext|>`, then at the first blank line, stripped; then lower-cased and tokenised if asked (E2E: neither; WebNLG
 * and DART: both).
 *
 * @example
 * ```ts
 * import { loraText } from "@dylora/eval/nlg";
 *
 * console.log(loraText(" £30.50: isn't it?<|endoftext|>x", { lowercase: true, tokenize: true })); // £ 30 . 50 : isn ' t it ?
 * ```
 */
export function loraText(text: string, { lowercase = false, tokenize = false }: LoraTextOptions = {}): string {
  let line = strip(text.split("<|endoftext|>")[0]!.split("\n\n")[0]!);
  if (lowercase) line = line.toLowerCase();
  return tokenize ? splitWhitespace(line.replace(/[^\p{L}\p{N}_]/gu, " $& ")).join(" ") : line;
}

/**
 * References as `gpt2_decode.py --ref_num` writes them: groups with fewer than `count` are filled up with their first
 * reference, longer ones are cut. (WebNLG's own data fill up with `""`; scores differ.)
 */
export function loraReferences(references: readonly (readonly string[])[], count: number): string[][] {
  return references.map((group) => Array.from({ length: count }, (_, i) => group[i] ?? group[0] ?? ""));
}
