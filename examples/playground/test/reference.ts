import { fileURLToPath } from "node:url";
import { sequentialBatches } from "@dylora/data";
import { loadTokenizer } from "@dylora/data/node";
import { generate } from "@dylora/generation";
import { openModelFolder, readPeftAdapter } from "@dylora/io/node";
import { attach, fromPeft } from "@dylora/lora-core";
import { loadGpt2 } from "@dylora/model-gpt2";
import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
import { predict } from "@dylora/trainer";

const folderOf = (example: string): string => fileURLToPath(new URL(`../../${example}`, import.meta.url));

/** Logits of a text at each of some ranks, computed here from the same files. */
export async function referenceLogits(text: string, ranks: readonly number[]): Promise<number[][]> {
  const dir = folderOf("quickstart");
  const folder = await openModelFolder(`${dir}/model`);
  const tokenizer = await loadTokenizer(`${dir}/model`);
  const model = await loadRoberta({ ...folder, head: sequenceClassification(7) });
  const adapted = attach(model, fromPeft(model, await readPeftAdapter(`${dir}/adapter`)));
  const batches = sequentialBatches([{ inputIds: tokenizer.encode(text) }], { batchSize: 1, padId: tokenizer.padId });
  const result: number[][] = [];
  for (const rank of ranks) result.push([...(await predict(adapted, batches, { view: { rank } })).logits]);
  model.dispose();
  await folder.weights.close();
  return result;
}

/** What is written after a meaning at each of some ranks, computed here from the same files. */
export async function referenceTexts(meaning: string, ranks: readonly number[]): Promise<string[]> {
  const dir = folderOf("gpt2-e2e");
  const folder = await openModelFolder(`${dir}/model`);
  const tokenizer = await loadTokenizer(`${dir}/model`);
  const model = await loadGpt2(folder);
  const adapted = attach(model, fromPeft(model, await readPeftAdapter(`${folderOf("playground")}/adapter`)));
  const result: string[] = [];
  for (const rank of ranks) {
    const options = { prompts: [`${meaning} =>`], tokenizer, maxNewTokens: 56, view: { rank } };
    result.push(((await generate(adapted, options))[0]?.text ?? "").trimStart());
  }
  model.dispose();
  await folder.weights.close();
  return result;
}
