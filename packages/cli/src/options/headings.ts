/** Under which heading of help the options of training stand; what is not named here stands under "Options". */
const headings: Readonly<Record<string, readonly string[]>> = {
  "Model:": ["base", "model", "backend"],
  "Data:": ["task", "data", "text", "textPair", "label", "labels", "kind", "metrics", "validation", "skipBrokenRows"],
  "Tokens:": ["maxLength", "promptForm", "lang"],
  "Adapter:": ["rank", "alpha", "targets", "loraDropout", "scaling"],
  "Ranks:": ["distribution", "minRank", "blockSize", "updateMode", "rankPer"],
  "Training:": [
    ...["steps", "epochs", "batchSize", "accumulation", "lr", "schedule", "warmup", "warmupRatio", "weightDecay"],
    ...["clipNorm", "labelSmoothing", "seed", "seeds"],
  ],
  "Evaluation:": [
    ...[
      "evalEvery",
      "evalRanks",
      "earlyStopping",
      "keep",
      "ranks",
      "split",
      "limit",
      "epsilon",
      "confidence",
      "resamples",
    ],
    "evalBatchSize",
  ],
  "Generation:": ["numBeams", "lengthPenalty", "noRepeatNgramSize", "maxNewTokens"],
  "Run:": ["out", "overwrite", "resume", "checkpointEvery", "reportTo"],
};

const headingBy = new Map(Object.entries(headings).flatMap(([heading, names]) => names.map((name) => [name, heading])));

/** The heading of an option. */
export const headingOf = (name: string): string | undefined => headingBy.get(name);
