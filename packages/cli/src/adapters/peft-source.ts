import { readPeftAdapter } from "@dylora/io/node";
import { attach, fromPeft } from "@dylora/lora-core";
import { promptFormNamed } from "../tasks/nlg-files.ts";
import type { AdapterSource } from "./adapter-source.ts";

/**
 * Opens a PEFT folder.
 *
 * @param say told what is odd about it
 * @throws FormatError as `readPeftAdapter`
 */
export async function openPeftSource(dir: string, say: (line: string) => void): Promise<AdapterSource> {
  const peft = await readPeftAdapter(dir);
  peft.warnings.forEach(say);
  const { note } = peft;
  const outputs = peft.modulesToSave.get("classifier.out_proj.weight")?.shape[0];
  return {
    dir,
    baseName: peft.config.base_model_name_or_path ?? undefined,
    outputs,
    kind: note?.kind,
    labels: note?.labels,
    task: note?.task,
    maxLength: note?.maxLength,
    promptForm: promptFormNamed(note?.promptForm),
    tokenizer: note?.tokenizer,
    maxRank: [...peft.tensors.values()].reduce((most, { A }) => Math.max(most, A.shape[0] ?? 0), 0),
    attachTo: (model) => attach(model, fromPeft(model, peft)),
  };
}
