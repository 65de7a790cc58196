import type { PeftLoraConfig } from "./config.ts";

/** `owner/name` or `name`, the way the hub names a repository; anything else is a path on some disk. */
const HUB_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;

/** The `README.md` of an exported adapter: YAML front matter for the hub, then what it is and how to load it. */
export function modelCard(config: PeftLoraConfig): string {
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
from peft import PeftModel

model = PeftModel.from_pretrained(base_model, "this-folder")
\`\`\`
`;
}
