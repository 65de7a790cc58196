import { readPeftAdapter } from "@dylora/io/node";
import { attach, fromPeft } from "@dylora/lora-core";
import type { AdapterSource } from "./adapter-source.ts";
import { readExportNote } from "./export-note.ts";

/**
 * Opens a PEFT folder.
 *
 * @param note told what is odd about it
 * @throws FormatError as `readPeftAdapter`
 */
export async function openPeftSource(dir: string, note: (line: string) => void): Promise<AdapterSource> {
  const peft = await readPeftAdapter(dir);
  peft.warnings.forEach(note);
  const outputs = peft.modulesToSave.get("classifier.out_proj.weight")?.shape[0];
  const own = await readExportNote(dir);
  return {
    dir,
    baseName: peft.config.base_model_name_or_path ?? undefined,
    outputs,
    kind: own?.kind,
    labels: own?.labels,
    task: own?.task,
    maxLength: own?.maxLength,
    maxRank: [...peft.tensors.values()].reduce((most, { A }) => Math.max(most, A.shape[0] ?? 0), 0),
    attachTo: (model) => attach(model, fromPeft(model, peft)),
  };
}
