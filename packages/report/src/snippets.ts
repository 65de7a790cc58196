import { mainCurve } from "./reading.ts";
import { shellCommand } from "./shell-quote.ts";
import type { SweepFile } from "./sweep-file.ts";

/** The command that made the file, as one line to type; undefined where a program did that. */
export function commandLine({ command }: SweepFile): string | undefined {
  return command.length === 0 ? undefined : shellCommand(command);
}

/** Commands that write these files. */
const verbs = new Set(["sweep", "compare", "quickstart"]);

/** How dylora is started where the file was made: what stands before the verb, else `dylora`. */
function programOf({ command }: SweepFile): readonly string[] {
  const verb = command.findIndex((argument) => verbs.has(argument));
  return verb > 0 ? command.slice(0, verb) : ["dylora"];
}

/** The rank to use: the recommended one, else the highest of the first curve. */
export function rankToUse(sweep: SweepFile): number {
  return sweep.recommendation?.rank ?? mainCurve(sweep).points.at(-1)!.rank;
}

/** Folder of the exported rank: where it was exported to, else where the commands below put it. */
export function exportFolder(sweep: SweepFile): string {
  return sweep.exported ?? `${runFolder(sweep)}/export/rank-${rankToUse(sweep)}`;
}

/** Commands that export the rank as a PEFT adapter and as whole merged weights, and that use it. */
export function exportCommands(sweep: SweepFile): { readonly explanation: string; readonly command: string }[] {
  const run = runFolder(sweep);
  const rank = rankToUse(sweep);
  const folder = exportFolder(sweep);
  const files = ["--input", "in.jsonl", "--output", "out.jsonl"];
  const line = (...words: readonly string[]) => shellCommand([...programOf(sweep), ...words]);
  const [use, verb] = sweep.task.kind === "generation" ? ["generate", "Generate"] : ["predict", "Predict"];
  return [
    {
      explanation: `Export rank ${rank} as a PEFT adapter`,
      command: line("export", run, "--rank", String(rank), "--out", folder),
    },
    {
      explanation: "Or merge it into the base weights",
      command: line("export", run, "--rank", String(rank), "--merge", "--out", `${folder}-merged`),
    },
    {
      explanation: `${verb} with the exported adapter`,
      command: line(use, "--base", sweep.model.base, "--adapter", folder, ...files),
    },
  ];
}

/** Python that loads the exported rank with Hugging Face PEFT. */
export function peftSnippet(sweep: SweepFile): string {
  const { kind, labels } = sweep.task;
  const generation = kind === "generation";
  const model = generation ? "AutoModelForCausalLM" : "AutoModelForSequenceClassification";
  const outputs = kind === "regression" ? 1 : labels;
  const more = generation || outputs === undefined ? "" : `, num_labels=${outputs}`;
  // JSON strings are Python strings too.
  return [
    "from peft import PeftModel",
    `from transformers import ${model}, AutoTokenizer`,
    "",
    `base = ${JSON.stringify(sweep.model.base)}`,
    "tokenizer = AutoTokenizer.from_pretrained(base)",
    `model = ${model}.from_pretrained(base${more})`,
    `model = PeftModel.from_pretrained(model, ${JSON.stringify(exportFolder(sweep))}).eval()`,
  ].join("\n");
}

function runFolder({ run }: SweepFile): string {
  return run || "RUN_FOLDER";
}
