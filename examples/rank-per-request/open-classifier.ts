import { join } from "node:path";
import { loadTokenizer } from "@dylora/data/node";
import { openModelFolder, readJsonObject, readPeftAdapter } from "@dylora/io/node";
import { type AdaptedModel, attach, fromPeft } from "@dylora/lora-core";
import { loadRoberta, maxLength, parseRobertaConfig, sequenceClassification } from "@dylora/model-roberta";

/** A model with its adapter, and what texts and classes are to it. */
export interface Classifier {
  /** The model with its adapter. */
  readonly adapted: AdaptedModel;
  /** Class names by class id. */
  readonly labels: readonly string[];
  /** Fills up batches. */
  readonly padId: number;
  /** Token ids of a text, cut to what the model takes. */
  encode(text: string): number[];
  /** Frees the model and closes its files. */
  close(): Promise<void>;
}

/**
 * Opens a RoBERTa with an adapter that `dylora export` wrote, on the backend that is active.
 *
 * @param folders of the base model and of the adapter
 * @throws FormatError and ConfigError as the readers do
 */
export async function openClassifier(folders: {
  readonly model: string;
  readonly adapter: string;
}): Promise<Classifier> {
  const { labels } = (await readJsonObject(join(folders.adapter, "dylora.json"))) as { labels: string[] };
  const folder = await openModelFolder(folders.model);
  const tokenizer = await loadTokenizer(folders.model);
  const model = await loadRoberta({ ...folder, head: sequenceClassification(labels.length) });
  const longest = maxLength(parseRobertaConfig(folder.config));
  return {
    adapted: attach(model, fromPeft(model, await readPeftAdapter(folders.adapter))),
    labels,
    padId: tokenizer.padId,
    encode: (text) => tokenizer.encode(text, undefined, { maxLength: longest }),
    async close() {
      model.dispose();
      await folder.weights.close();
    },
  };
}
