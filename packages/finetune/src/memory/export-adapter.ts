import { encodePeftAdapter } from "@dylora/io";
import { checkRank, toPeft } from "@dylora/lora-core";
import type { Run } from "./finetune.ts";
import type { Adapter } from "./open-adapter.ts";
import type { Files } from "./open-model.ts";

/**
 * The files of an adapter at a rank: a PEFT folder, which Hugging Face PEFT, `openAdapter` and the `dylora` command read.
 *
 * @param source a run, or an adapter that `openAdapter` gave
 * @throws ConfigError `rank_out_of_range`
 */
export function exportAdapter(source: Run | Adapter, { rank }: { readonly rank: number }): Files {
  const { adapted, base, head, kind, labels, maxLength } = source;
  checkRank(rank, 1, adapted.adapter.maxRank);
  const { config, tensors, modulesToSave } = toPeft(adapted.adapter, rank);
  const taskType = base.architecture.purpose === "generation" ? "CAUSAL_LM" : "SEQ_CLS";
  const { task } = source as Partial<Run>;
  const note = {
    kind,
    labels: head === undefined ? [] : [...labels],
    maxLength,
    rank,
    ...(task === undefined ? {} : { task: task.name }),
  };
  return encodePeftAdapter({
    config: { ...config, task_type: taskType, base_model_name_or_path: base.name },
    tensors,
    modulesToSave,
    note,
  });
}
