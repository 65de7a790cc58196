/** What {@link downloadModel} fetches by default: safe weights, configuration and tokenizer files at the top level. */
export const MODEL_PATTERNS: readonly string[] = ["*.safetensors", "*.json", "*.txt"];

/** What {@link downloadDataset} fetches by default: tables and JSON at any depth. */
export const DATASET_PATTERNS: readonly string[] = [
  "**/*.parquet",
  "**/*.json",
  "**/*.jsonl",
  "**/*.csv",
  "**/*.tsv",
  "**/*.txt",
];

function globExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    return token === "?" ? "[^/]" : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

/**
 * A test for file paths by glob patterns: `*` and `?` stay within one folder, `**` crosses folders.
 *
 * @param patterns a path matches when any of them does
 */
export function matchesAny(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(globExpression);
  return (path) => expressions.some((expression) => expression.test(path));
}
