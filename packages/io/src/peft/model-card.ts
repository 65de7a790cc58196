import type { AdapterNote } from "./adapter-note.ts";
import type { PeftLoraConfig } from "./config.ts";

/** `owner/name` or `name`, the way the hub names a repository; anything else is a path on some disk. */
const HUB_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;

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
  const { before, given } = note === undefined ? { before: "", given: "" } : headArguments(note);
  return `from peft import PeftModel
from transformers import ${auto}

${before}base = ${auto}.from_pretrained(${JSON.stringify(base)}${given})
model = PeftModel.from_pretrained(base, "this-folder")`;
}

/** The `README.md` of an exported adapter: YAML front matter for the hub, then what it is and how to load it. */
export function modelCard(config: PeftLoraConfig, note?: AdapterNote): string {
  const base = config.base_model_name_or_path;
  const isHubName = base !== null && HUB_NAME.test(base);
  const targets = Array.isArray(config.target_modules) ? config.target_modules.join(", ") : config.target_modules;
  const front = ["library_name: peft", ...(isHubName ? [`base_model: ${base}`] : []), "tags:", "- lora", "- dylora"];
  return `---
${front.join("\n")}
---

# LoRA adapter of rank ${config.r}

- Base model: ${base === null ? "not recorded" : `\`${base}\``}
- Rank: ${config.r}; alpha: ${config.lora_alpha}; scale: ${config.use_rslora ? "alpha/√r" : "alpha/r"}
- Adapted modules: ${targets ?? "not recorded"}
- Task type: ${config.task_type ?? "not recorded"}

Exported by dylora in the format of Hugging Face PEFT. To load it in Python:

\`\`\`python
${pythonLines(config, note)}
\`\`\`
`;
}
