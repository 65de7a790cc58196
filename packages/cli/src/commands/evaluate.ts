import { fraction, oneOf, text, whole, yes } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { flag, option, optional } from "../options/option.ts";

/** Options of `dylora evaluate`. */
const evaluateOptions = {
  task: option(
    "<name>",
    "which scripts to score as: e2e (e2e-metrics), webnlg or dart (WebNLG's GenerationEval)",
    oneOf(["e2e", "webnlg", "dart"]),
    "e2e",
  ),
  predictions: optional(
    "<file>",
    "a text a line, JSON Lines as generate writes them, or a table (.csv, .tsv) with a header; - for standard input",
    text,
  ),
  references: optional(
    "<path>",
    "one a line, a blank line between instances; JSON Lines; a table with columns mr and ref; WebNLG's or DART's .xml or .json; or a folder of reference0, reference1, …",
    text,
  ),
  lang: optional("<code>", "webnlg: language of the references, such as en or ru, where the file holds several", text),
  numReturnSequences: option("<n>", "predictions of each instance, the best first, which alone is scored", whole(1), 1),
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

/** `dylora evaluate`. */
export const evaluate = defineCommand({
  name: "evaluate",
  summary: "score generated texts: BLEU, NIST, METEOR, ROUGE-L, CIDEr, TER, chrF",
  details:
    "Texts are paired with references by what both say they are of, else by their order. Every score has a signature that names its settings. METEOR counts exact and\n" +
    "stemmed matches; synonyms and paraphrases need the files that --wordnet and --paraphrases name.",
  options: evaluateOptions,
  examples: [
    {
      command: "dylora evaluate --task e2e --predictions out.jsonl --references e2e-dataset/testset_w_refs.csv",
      effect: "a table of every metric for what generate wrote",
    },
    {
      command:
        "dylora evaluate --task e2e --predictions out.txt --references devset.txt --wordnet /usr/share/wordnet --confidence 0.95 --json",
      effect: "METEOR with synonyms, intervals, as JSON",
    },
    {
      command:
        "dylora evaluate --task webnlg --predictions out.jsonl --references webnlg/test.xml --lowercase --tokenize",
      effect: "WebNLG as the LoRA paper scores it",
    },
  ],
  async run(settings, context) {
    const { runEvaluate } = await import("../evaluate/run-evaluate.ts");
    return runEvaluate(settings, context);
  },
});
