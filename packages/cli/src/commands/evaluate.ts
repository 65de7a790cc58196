import { defineCommand } from "../command.ts";
import { flag, option, optional, type SettingsOf } from "../options/option.ts";
import { fraction, oneOf, text, whole, yes } from "../options/readers.ts";

/** Options of `dylora evaluate`. */
const evaluateOptions = {
  task: option(
    "<name>",
    "which scripts to score as: e2e (e2e-metrics), webnlg or dart (WebNLG's GenerationEval)",
    oneOf(["e2e", "webnlg", "dart"]),
    "e2e",
  ),
  predictions: optional("<file>", "a text a line, or - for standard input", text),
  references: optional("<file>", "references, one a line, a blank line between instances", text),
  wordnet: optional("<dir>", "METEOR's synonyms: WordNet's dict folder, or the folder of english.synsets", text),
  paraphrases: optional("<file>", "METEOR's paraphrases: paraphrase-en.gz, or the same decompressed", text),
  lowercase: flag("score both sides in lower case (the LoRA paper: webnlg and dart)", yes),
  tokenize: flag("set punctuation apart on both sides first (the LoRA paper: webnlg and dart)", yes),
  refNum: optional(
    "<n>",
    "webnlg, dart: references of each instance, filled up with its first, more cut (default: 6 with --lowercase or --tokenize, as the LoRA paper; else all, filled up with empty ones, as WebNLG)",
    whole(1, 1000),
  ),
  confidence: optional("<x>", "level of bootstrap intervals, for instance 0.95 (default: none)", fraction),
  resamples: option("<n>", "resamples of the bootstrap", whole(1, 1_000_000), 1000),
};

/** Settings of `dylora evaluate`. */
export type EvaluateSettings = SettingsOf<typeof evaluateOptions>;

/** `dylora evaluate`. */
export const evaluate = defineCommand({
  name: "evaluate",
  summary: "score generated texts: BLEU, NIST, METEOR, ROUGE-L, CIDEr, TER, chrF",
  details:
    "Files are those of e2e-metrics. Every score has a signature that names its settings. METEOR counts exact and\n" +
    "stemmed matches; synonyms and paraphrases need the files that --wordnet and --paraphrases name.",
  options: evaluateOptions,
  examples: [
    {
      command: "dylora evaluate --task e2e --predictions out.txt --references devset.txt",
      effect: "a table of every metric",
    },
    {
      command:
        "dylora evaluate --task e2e --predictions out.txt --references devset.txt --wordnet /usr/share/wordnet --confidence 0.95 --json",
      effect: "METEOR with synonyms, intervals, as JSON",
    },
    {
      command: "dylora evaluate --task webnlg --predictions out.txt --references test.txt --lowercase --tokenize",
      effect: "WebNLG as the LoRA paper scores it",
    },
  ],
  async run(settings, context) {
    const { runEvaluate } = await import("../evaluate/run-evaluate.ts");
    return runEvaluate(settings, context);
  },
});
