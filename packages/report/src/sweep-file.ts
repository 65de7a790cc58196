/**
 * What `sweep.json` and `compare.json` hold: one or more metric-over-rank curves and all that is needed to read and
 * repeat them. Plain JSON; a score that is not defined (a correlation of constants) is `null`. In memory NaN may stand
 * for it too: `JSON.stringify` writes NaN as `null`.
 */
export interface SweepFile {
  /** Always `dylora-sweep`. */
  readonly format: "dylora-sweep";
  /** Version of the format. Readers accept only versions they know; new optional members do not change it. */
  readonly version: 1;
  /** When the file was made, ISO 8601. */
  readonly created: string;
  /** The command that made it, argument by argument, the program first: `["dylora", "sweep", "runs/mine"]`. */
  readonly command: readonly string[];
  /** Run folder, as the user named it: where `checkpoint/` and `export/` lie. */
  readonly run?: string | undefined;
  /** Folder of the exported recommended rank, as the user would type it, when it was exported. */
  readonly exported?: string | undefined;
  /** What was learnt and how it is scored. */
  readonly task: SweptTask;
  /** The model that was adapted. */
  readonly model: SweptModel;
  /** Name of the tensor backend with its one line for people: `wasm`, `tfjs wasm 4.22.0, SIMD, 1 thread`. */
  readonly engine: { readonly name: string; readonly detail?: string | undefined };
  /** Versions of what took part: `{ dylora: "0.1.0", node: "20.20.2" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Settings worth a line in the report, by name: steps, batch size, learning rate, alpha, rank distribution, seed. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** Level of every interval in the file, between 0 and 1, for instance 0.95. */
  readonly confidence: number;
  /** At least one curve, names unique. The first is what the file is about; the recommendation speaks of it. */
  readonly curves: readonly Curve[];
  /** The rank to use, when one was recommended. */
  readonly recommendation?: Recommendation | undefined;
  /** What went wrong in training, a sentence each: a part that broke down, a loss that did not fall. */
  readonly warnings?: readonly string[] | undefined;
  /** Whether DyLoRA or a LoRA trained at each rank is ahead, where both were measured. */
  readonly verdict?: Verdict | undefined;
  /** What one DyLoRA run cost against the search it replaces, when that was measured. */
  readonly cost?: Cost | undefined;
  /** How the loss went, for the first curve's run. */
  readonly training?: TrainingLog | undefined;
  /** Which classes were taken for which, for classification. */
  readonly confusion?: ConfusionMatrices | undefined;
  /** Some wrong answers at the rank to use, for classification. */
  readonly wrongAnswers?: WrongAnswers | undefined;
  /** Model outputs side by side at each rank, for generation. */
  readonly samples?: readonly Sample[] | undefined;
}

/** What was learnt and how it is scored. */
export interface SweptTask {
  /** Name for people: `sst2`, `customer rating (E2E)`. */
  readonly name: string;
  /** `classification`, `regression` or `generation`; an open set. */
  readonly kind: string;
  /** Classes of a classification task. */
  readonly labels?: number | undefined;
  /** The score on the curves. */
  readonly metric: {
    /** As the metric names itself: `accuracy`, `matthews_correlation`. */
    readonly name: string;
    /** False for metrics that should fall. */
    readonly higherIsBetter: boolean;
  };
  /** Examples the metric was computed on. */
  readonly examples: number;
  /** Examples trained on. */
  readonly trainingExamples?: number | undefined;
  /** What always answering the most frequent class of these examples would reach, for classification. */
  readonly baseline?: { readonly answer: string; readonly metric: number | null } | undefined;
}

/** The model that was adapted. */
export interface SweptModel {
  /** As its `config.json` names it: `roberta`, `gpt2`. */
  readonly architecture: string;
  /** Folder or hub name of the base model, as the user gave it. */
  readonly base: string;
  /** Parameters of the base model, adapter not counted. */
  readonly parameters: number;
}

/** A metric-over-rank curve. */
export interface Curve {
  /** Name for people, in legends and table heads: `DyLoRA`, `LoRA trained at each rank`, `LoRA rank 8, cut`. */
  readonly name: string;
  /** What kind of curve: `dylora`, `lora` (trained at each rank) or `cut-lora` (one LoRA, truncated); an open set. */
  readonly kind: string;
  /** By rising rank, each rank once, at least one. */
  readonly points: readonly CurvePoint[];
  /** Seconds of training behind the whole curve, all runs of one seed added up. */
  readonly trainSeconds: number;
  /** Optimiser steps of training behind the whole curve, as `trainSeconds`. */
  readonly trainSteps?: number | undefined;
  /** CPU seconds of training behind the whole curve, of all threads, as `trainSeconds`. */
  readonly trainCpuSeconds?: number | undefined;
  /** Seconds of evaluation behind the whole curve, all ranks of one seed added up. */
  readonly sweepSeconds: number;
  /** Area under the curve divided by its width, over log2(rank) and over rank. */
  readonly aurac?: { readonly log2: number | null; readonly linear: number | null } | undefined;
}

/** One rank of a curve. */
export interface CurvePoint {
  /** Effective rank b, from 1. */
  readonly rank: number;
  /** Trainable parameters in use at this rank: in the pairs, in the head, in all. */
  readonly parameters: { readonly lora: number; readonly head: number; readonly total: number };
  /** The task's metric; the mean over seeds where there are several. `null` when not defined. */
  readonly metric: number | null;
  /** Lower end of the metric's confidence interval. */
  readonly low?: number | null | undefined;
  /** Upper end of the metric's confidence interval. */
  readonly high?: number | null | undefined;
  /** Mean evaluation loss. */
  readonly loss?: number | null | undefined;
  /** Wall-clock seconds of the evaluation at this rank. */
  readonly seconds: number;
  /** Wall-clock seconds of the training of this rank alone, where it was trained alone. */
  readonly trainSeconds?: number | undefined;
  /** The metric of each seed, where there are several. */
  readonly perSeed?: readonly (number | null)[] | undefined;
  /** Further scores by name: `{ BLEU: 0.61, NIST: 7.9 }`. */
  readonly metrics?: Readonly<Record<string, number | null>> | undefined;
}

/** The rank to use: the smallest that is safely within epsilon of the best. */
export interface Recommendation {
  /** The rank. */
  readonly rank: number;
  /** How much worse than the best a rank may be. */
  readonly epsilon: number;
  /** The best rank of the sweep and its metric. */
  readonly best: { readonly rank: number; readonly metric: number };
  /** Paired confidence interval of metric(rank) - metric(best); absent when the rank is the best itself. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
}

/** Who is ahead, at the ranks where both were measured. */
export interface Verdict {
  /** Whose metric is better on average over these ranks; `neither` where it is the same in the digits that are shown. */
  readonly ahead: "dylora" | "lora" | "neither";
  /** How much better DyLoRA's metric is on average over these ranks, on the metric's scale; negative where LoRA's is. */
  readonly margin: number;
  /** The ranks, rising, each with how much better DyLoRA's metric is there. */
  readonly ranks: readonly { readonly rank: number; readonly margin: number }[];
  /** The mean margin of each seed, where there are several. */
  readonly perSeed?: readonly number[] | undefined;
}

/** What one DyLoRA run costs beside the search over ranks that it replaces. */
export interface Cost {
  /** Wall-clock seconds of one DyLoRA run and its sweep. */
  readonly dylora: number;
  /** Wall-clock seconds of LoRA trained and evaluated at every rank. */
  readonly search: number;
  /** `dylora / search`. */
  readonly ratio: number;
  /** True when `search` was projected from fewer ranks than the curve has. Default false. */
  readonly projected?: boolean | undefined;
  /** Ranks of the search. */
  readonly ranks?: number | undefined;
  /** Optimiser steps of training. */
  readonly steps?: CostPair | undefined;
  /** CPU seconds of training, of all threads. */
  readonly cpu?: CostPair | undefined;
}

/** One DyLoRA run, and the search. */
export interface CostPair {
  /** The DyLoRA run. */
  readonly dylora: number;
  /** The search. */
  readonly search: number;
}

/** The course of a training run, as columns of one length: entry i of each belongs to `step[i]`. */
export interface TrainingLog {
  /** Optimiser steps taken, rising; a long run may be thinned. */
  readonly step: readonly number[];
  /** Training loss of the step. */
  readonly loss: readonly (number | null)[];
  /** Rank of the step; `null` where it had none of its own. */
  readonly rank?: readonly (number | null)[] | undefined;
  /** Evaluations during training. */
  readonly evaluations?:
    | readonly {
        /** Steps taken before it. */
        readonly step: number;
        /** Rank evaluated. */
        readonly rank: number;
        /** Its metric. */
        readonly metric: number | null;
        /** Its mean loss. */
        readonly loss?: number | null | undefined;
      }[]
    | undefined;
}

/** One input with what the model made of it at several ranks. */
export interface Sample {
  /** What the model was given. */
  readonly input: string;
  /** What people wrote for it. */
  readonly references?: readonly string[] | undefined;
  /** What the model wrote, by rising rank. */
  readonly outputs: readonly { readonly rank: number; readonly text: string }[];
}

/** How often each class was answered where each was right. */
export interface ConfusionMatrices {
  /** Names of the classes, in the order of rows and columns. */
  readonly labels: readonly string[];
  /** By rising rank: `counts[i][j]` examples of class i were answered with class j. */
  readonly ranks: readonly { readonly rank: number; readonly counts: readonly (readonly number[])[] }[];
}

/** Some wrong answers at one rank. */
export interface WrongAnswers {
  /** The rank. */
  readonly rank: number;
  /** Wrong answers in all. */
  readonly count: number;
  /** Some of them, from all over the examples; long texts are cut. */
  readonly examples: readonly { readonly input: string; readonly expected: string; readonly given: string }[];
}
