import { ConfigError } from "@dylora/errors";

/**
 * Refuses a corpus that no metric can score, before any work.
 *
 * @throws ConfigError `empty_corpus` without instances, `prediction_reference_mismatch` when the numbers of
 * predictions and reference groups differ, `no_reference` when an instance has none.
 */
export function requireCorpus(hypotheses: readonly string[], references: readonly (readonly string[])[]): void {
  if (hypotheses.length !== references.length) {
    throw new ConfigError(
      "prediction_reference_mismatch",
      `${hypotheses.length} predictions but ${references.length} groups of references; give one group per prediction`,
      { details: { predictions: hypotheses.length, references: references.length } },
    );
  }
  if (hypotheses.length === 0) {
    throw new ConfigError("empty_corpus", "0 predictions and 0 groups of references; there is nothing to score");
  }
  const bare = references.findIndex((group) => group.length === 0);
  if (bare >= 0) {
    throw new ConfigError(
      "no_reference",
      `instance ${bare + 1} of ${references.length} has no reference; every instance needs at least one`,
      { details: { instance: bare, instances: references.length } },
    );
  }
}
