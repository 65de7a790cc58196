/**
 * The functions of `dylora` for a page: models and adapters are maps from file names to bytes, tasks are rows.
 *
 * @module
 */
export {
  type Adapter,
  type Classified,
  exportAdapter,
  type Files,
  type FinetuneOptions,
  finetune,
  type GeneratedTexts,
  type GenerateOptions,
  type LabelledRow,
  type Model,
  type OpenModelOptions,
  type OpenTaskOptions,
  openAdapter,
  openModel,
  openTask,
  type PredictInput,
  type PredictOptions,
  type PromptInput,
  purposeOf,
  type Row,
  type Run,
  type SweepOptions,
  type SweepTable,
  type SweptRank,
  sweep,
  type Task,
  type TunedModel,
  type WorkProgress,
} from "@dylora/finetune/memory";
