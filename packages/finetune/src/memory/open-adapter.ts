import {
  ADAPTER_CONFIG,
  ADAPTER_NOTE,
  type AdapterNote,
  decodePeftAdapter,
  parseAdapterNote,
  parseJsonObject,
} from "@dylora/io";
import { attach, fromPeft, planPeft } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";
import { promptFormNamed } from "../tasks/prompt-forms.ts";
import { type TunedModel, tunedModel } from "../verbs/tuned-model.ts";
import type { Files, Model } from "./open-model.ts";

/** An adapter on its model, which answers at every rank. */
export interface Adapter extends TunedModel {
  /** The model. */
  readonly base: Model;
  /** What the outputs mean; undefined where it generates. */
  readonly head: Head | undefined;
  /** What its files say beyond PEFT's. */
  readonly note: AdapterNote | undefined;
}

/**
 * What an adapter is for, by its files: what `dylora.json` says, else PEFT's `task_type`.
 *
 * @returns undefined where neither says it
 * @throws FormatError `bad_json`, `bad_adapter_note`
 */
export function purposeOf(files: Files): "classification" | "generation" | undefined {
  const note = files.get(ADAPTER_NOTE);
  const kind = note === undefined ? undefined : parseAdapterNote(note).kind;
  if (kind !== undefined) return kind === "generation" ? "generation" : "classification";
  const config = files.get(ADAPTER_CONFIG);
  const type = config === undefined ? undefined : parseJsonObject(config, ADAPTER_CONFIG)["task_type"];
  return ({ SEQ_CLS: "classification", CAUSAL_LM: "generation" } as const)[String(type) as "SEQ_CLS"];
}

/**
 * Puts a trained adapter, whose files are in memory, on a model.
 *
 * @param files a PEFT folder by file name, with `dylora.json` where it has one
 * @param model the model that it was trained on
 * @returns a model that answers; the caller closes it, and the model after it
 * @throws ConfigError `adapter_mismatch` where it does not fit; FormatError as `decodePeftAdapter`
 */
export async function openAdapter(files: Files, model: Model): Promise<Adapter> {
  const peft = await decodePeftAdapter(files);
  const bytes = files.get(ADAPTER_NOTE);
  const note = bytes === undefined ? undefined : parseAdapterNote(bytes);
  const { architecture } = model;
  const projection = architecture.projection === undefined ? undefined : `${architecture.projection}.weight`;
  const saved = projection === undefined ? undefined : peft.modulesToSave.get(projection)?.shape[0];
  const outputs = saved ?? note?.labels?.length ?? 1;
  planPeft(architecture.outline(outputs), peft);
  const head = architecture.purpose === "generation" ? undefined : headIn(note, outputs);
  const loaded = await architecture.load(model.folder.weights, { outputs });
  try {
    const tuned = tunedModel({
      name: "",
      adapted: attach(loaded, fromPeft(loaded, peft)),
      base: model,
      tokenizer: model.tokenizer,
      head,
      maxLength: Math.min(note?.maxLength ?? Number.POSITIVE_INFINITY, architecture.maxLength),
      promptForm: promptFormNamed(note?.promptForm),
      close: async () => loaded.dispose(),
    });
    return { ...tuned, base: model, head, note };
  } catch (error) {
    loaded.dispose();
    throw error;
  }
}

function headIn(note: AdapterNote | undefined, outputs: number): Head {
  const isNumber = note?.kind === "regression" || (note === undefined && outputs === 1);
  const labels = note?.labels?.length === outputs ? note.labels : undefined;
  return isNumber
    ? { outputs, kind: "regression", problemType: "regression", labels: undefined }
    : { outputs, kind: "classification", problemType: "single_label_classification", labels };
}
