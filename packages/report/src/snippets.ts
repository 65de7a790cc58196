import { mainCurve } from "./reading.ts";
import type { SweepFile } from "./sweep-file.ts";

/** An argument as a POSIX shell reads it back: quoted only where it must be. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/u.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** The command that made the file, as one line to type. */
export function commandLine({ command }: SweepFile): string {
  return command.map(shellQuote).join(" ");
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
  const run = shellQuote(runFolder(sweep));
  const rank = rankToUse(sweep);
  const folder = shellQuote(exportFolder(sweep));
  const base = shellQuote(sweep.model.base);
  const files = "--input in.jsonl --output out.jsonl";
  const [use, verb] = sweep.task.kind === "generation" ? ["generate", "Generate"] : ["predict", "Predict"];
  return [
    {
      explanation: `Export rank ${rank} as a PEFT adapter`,
      command: `dylora export ${run} --rank ${rank} --out ${folder}`,
    },
    {
      explanation: "Or merge it into the base weights",
      command: `dylora export ${run} --rank ${rank} --merge --out ${shellQuote(`${exportFolder(sweep)}-merged`)}`,
    },
    {
      explanation: `${verb} with the exported adapter`,
      command: `dylora ${use} --base ${base} --adapter ${folder} ${files}`,
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
  return run ?? "RUN_FOLDER";
}
