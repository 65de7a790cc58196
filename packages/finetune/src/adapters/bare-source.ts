import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ADAPTER_NOTE, type AdapterNote, parseAdapterNote } from "@dylora/io";
import { attach } from "@dylora/lora-core";
import { promptFormNamed } from "../tasks/prompt-forms.ts";
import type { AdapterSource } from "./adapter-source.ts";

/** The note in a model folder; undefined where there is none. */
async function noteIn(folder: string): Promise<AdapterNote | undefined> {
  const path = join(folder, ADAPTER_NOTE);
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined ? undefined : parseAdapterNote(bytes, path);
}

/**
 * No adapter: a base model with the head of its own. The pairs put on it are fresh, and the view `base` leaves them out. A
 * merged model that we exported says how it was trained.
 *
 * @param baseName a folder or a hub name
 * @throws FormatError `bad_json`, `bad_adapter_note`
 */
export async function openBareSource(baseName: string): Promise<AdapterSource> {
  const own = await noteIn(baseName);
  return {
    dir: baseName,
    baseName,
    outputs: undefined,
    // What a model predicts, its config.json says.
    kind: undefined,
    labels: undefined,
    task: own?.task,
    maxLength: own?.maxLength,
    promptForm: promptFormNamed(own?.promptForm),
    tokenizer: own?.tokenizer,
    maxRank: 0,
    attachTo: (model) => attach(model, { rank: 1 }),
  };
}
