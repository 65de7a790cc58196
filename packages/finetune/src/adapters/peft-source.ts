import { readdir } from "node:fs/promises";
import type { LoadedPeftAdapter, TensorData } from "@dylora/io";
import { readPeftAdapter } from "@dylora/io/node";
import { attach, fromPeft, planPeft } from "@dylora/lora-core";
import { promptFormNamed } from "../tasks/prompt-forms.ts";
import type { AdapterSource } from "./adapter-source.ts";
import { ownOutputs } from "./head.ts";
import { applySaved } from "./saved-parameters.ts";

/** Whether a folder brings the tokenizer that an adapter was trained with, as trainers save it beside the adapter. */
const holdsTokenizer = async (dir: string): Promise<boolean> => {
  const files = await readdir(dir);
  return files.includes("tokenizer.json") || (files.includes("vocab.json") && files.includes("merges.txt"));
};

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
  // The outputs of its head, and what the base takes over of it; set once the base is known.
  let outputs: number | undefined;
  let fitted: { readonly peft: LoadedPeftAdapter; readonly replaced: ReadonlyMap<string, TensorData> } | undefined;
  return {
    dir,
    baseName: peft.config.base_model_name_or_path ?? undefined,
    ...(peft.config.revision === null ? {} : { baseRevision: peft.config.revision }),
    get outputs() {
      return outputs;
    },
    kind: note?.kind,
    labels: note?.labels,
    task: note?.task,
    maxLength: note?.maxLength,
    promptForm: promptFormNamed(note?.promptForm),
    tokenizer: note?.tokenizer,
    maxRank: [...peft.tensors.values()].reduce((most, { A }) => Math.max(most, A.shape[0] ?? 0), 0),
    modulesToSave: peft.config.modules_to_save ?? [],
    get replaced() {
      return fitted?.replaced ?? new Map();
    },
    async prepare(base) {
      const { projection = "" } = base.architecture;
      outputs = peft.modulesToSave.get(`${projection}.weight`)?.shape[0];
      const paired = peft.tensors.get(projection)?.B.shape[0];
      const outline = base.architecture.outline(outputs ?? ownOutputs(base) ?? paired ?? 1);
      const head = outline.head.map(({ name }) => name);
      const applied = await applySaved(base, peft, dir, head);
      const { notes } = planPeft(outline, applied.peft);
      for (const line of [...applied.notes, ...notes]) say(line);
      fitted = applied;
      if (!(await holdsTokenizer(dir))) return applied.base;
      say(`${dir} holds a tokenizer: texts are cut by it, not by the base model's`);
      return { ...applied.base, tokenizerDir: dir };
    },
    attachTo: (model) => attach(model, fromPeft(model, fitted?.peft ?? peft)),
  };
}
