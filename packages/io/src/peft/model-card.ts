import { isHubName } from "../hub-name.ts";
import type { AdapterNote } from "./adapter-note.ts";
import type { PeftLoraConfig } from "./config.ts";

/** The part of a path that tells nothing of its owner's disk: its last one. */
const lastPart = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

const AUTO_MODELS: Readonly<Record<string, string>> = {
  SEQ_CLS: "AutoModelForSequenceClassification",
  CAUSAL_LM: "AutoModelForCausalLM",
};

/** What Python is to be told of the head: PEFT's files do not name classes, and the base may name others. */
function headArguments({ kind, labels = [] }: AdapterNote): { before: string; given: string } {
  if (kind === "regression") return { before: "", given: ", num_labels=1" };
  if (kind !== "classification" || labels.length === 0) return { before: "", given: "" };
  return {
    // A JSON text is a Python text too.
    before: `id2label = dict(enumerate([${labels.map((name) => JSON.stringify(name)).join(", ")}]))
label2id = {name: id for id, name in id2label.items()}
`,
    given: `, num_labels=${labels.length}, id2label=id2label, label2id=label2id`,
  };
}

/** Lines of Python that load an adapter. */
function pythonLines(config: PeftLoraConfig, note: AdapterNote | undefined): string {
  const auto = AUTO_MODELS[config.task_type ?? ""];
  const base = config.base_model_name_or_path;
  const needsClasses = config.task_type === "SEQ_CLS" && (note === undefined || note.kind === "generation");
  if (auto === undefined || base === null || needsClasses) {
    return `from peft import PeftModel

model = PeftModel.from_pretrained(base_model, "this-folder")`;
  }
  const named = isHubName(base) ? base : `path/to/${lastPart(base)}`;
  const { before, given } = note === undefined ? { before: "", given: "" } : headArguments(note);
  return `from peft import PeftModel
from transformers import ${auto}

${before}base = ${auto}.from_pretrained(${JSON.stringify(named)}${given})
model = PeftModel.from_pretrained(base, "this-folder")`;
}

/** Tasks as the hub names them. */
const PIPELINES: Readonly<Record<AdapterNote["kind"], string>> = {
  classification: "text-classification",
  regression: "text-classification",
  generation: "text-generation",
};

/** A value for YAML: a JSON text is one too. */
const yaml = (value: string): string => (/^[\w.-]+$/.test(value) ? value : JSON.stringify(value));

/** A text on one line of Markdown, as code. */
function inline(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const ticks = "`".repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  const gap = /^`|`$/.test(line) ? " " : "";
  return `${ticks}${gap}${line}${gap}${ticks}`;
}

/** What was reached, in the form in which the hub lists results. */
function modelIndex(rank: number, { kind, task = "unknown", score }: AdapterNote): string[] {
  if (score === undefined) return [];
  return [
    "model-index:",
    `- name: ${yaml(`LoRA adapter of rank ${rank}`)}`,
    "  results:",
    `  - task:`,
    `      type: ${PIPELINES[kind]}`,
    `    dataset:`,
    `      type: ${yaml(task)}`,
    `      name: ${yaml(task)}`,
    `    metrics:`,
    `    - type: ${yaml(score.metric)}`,
    `      value: ${score.value}`,
  ];
}

function baseLine(base: string | null, { base: known }: Partial<AdapterNote>): string {
  const about =
    known === undefined ? "" : `, ${known.architecture} with ${known.parameters.toLocaleString("en-US")} parameters`;
  if (base === null) return `not recorded${about}`;
  return isHubName(base)
    ? `${inline(base)}${about}`
    : `the folder ${inline(lastPart(base))}${about}; it has no name on the hub`;
}

function scoreLine({ score }: Partial<AdapterNote>, rank: number): string {
  if (score === undefined) return "not measured";
  const { metric, value, interval, examples } = score;
  const shown = (one: number) => Number(one.toPrecision(4));
  const between =
    interval === undefined
      ? ""
      : ` (${shown(100 * interval.confidence)}% interval ${shown(interval.low)} to ${shown(interval.high)})`;
  return `${metric} ${shown(value)}${between} on ${examples.toLocaleString("en-US")} examples at rank ${rank}`;
}

/** Licences are for people to choose: of this one nothing is known, of the base's what its card says. */
const licenseLine = ({ base }: Partial<AdapterNote>): string =>
  `not chosen yet: add \`license:\` to the lines at the top${base?.license === undefined ? "" : `. The base model's is ${inline(base.license)}`}`;

/**
 * The `README.md` of an exported adapter: YAML front matter for the hub, then what it is, what it reached and how to load it.
 * A base model in a folder is named by the folder alone, as its path is nobody's business.
 */
export function modelCard(config: PeftLoraConfig, note?: AdapterNote): string {
  const base = config.base_model_name_or_path;
  const isNamed = base !== null && isHubName(base);
  const targets = Array.isArray(config.target_modules) ? config.target_modules.join(", ") : config.target_modules;
  const { kind, task, labels = [] } = note ?? {};
  const front = [
    "library_name: peft",
    ...(isNamed ? [`base_model: ${base}`] : []),
    ...(kind === undefined ? [] : [`pipeline_tag: ${PIPELINES[kind]}`]),
    "tags:",
    "- lora",
    "- dylora",
    ...(note === undefined ? [] : modelIndex(config.r, note)),
  ];
  const known = note ?? {};
  return `---
${front.join("\n")}
---

# LoRA adapter of rank ${config.r}

- Base model: ${baseLine(base, known)}
- Task: ${task === undefined ? "not recorded" : inline(task)}${kind === undefined ? "" : `, ${kind}`}
${labels.length === 0 ? "" : `- Classes, in the order of the outputs: ${labels.map(inline).join(", ")}\n`}- Score: ${scoreLine(known, config.r)}
- Rank: ${config.r}; alpha: ${config.lora_alpha}; scale: ${config.use_rslora ? "alpha/√r" : "alpha/r"}
- Adapted modules: ${targets ?? "not recorded"}
- Task type: ${config.task_type ?? "not recorded"}
- Licence: ${licenseLine(known)}

Exported by dylora in the format of Hugging Face PEFT. To load it in Python:

\`\`\`python
${pythonLines(config, note)}
\`\`\`
`;
}
