/** What the page asks of its worker. Everything here survives `postMessage`. */

/** The two things the page does. */
export type TaskName = "rating" | "writing";

/** A row to train on: a sentence with its class, or data with their sentence. */
export type TrainRow = readonly [left: string, right: string];

/** The files of an adapter by name: a PEFT folder. */
export type AdapterFiles = ReadonlyMap<string, Uint8Array>;

/** An adapter in use. */
export interface AdapterReport {
  /** What it is for. */
  readonly task: TaskName;
  /** Highest rank. */
  readonly maxRank: number;
  /** Parameters in use, by rank from 1. */
  readonly parameters: readonly number[];
  /** Parameters of a classification head, part of the above. */
  readonly headParameters: number;
}

/** A classified text. */
export interface Classified {
  /** Each class, in the order of its id. */
  readonly classes: readonly { readonly label: string; readonly logit: number; readonly probability: number }[];
  /** Tokens read. */
  readonly tokens: number;
  /** Tokens at the end of the text that the model did not read, because it has no room for them. */
  readonly unread: number;
  /** Time of the pass over the text. */
  readonly milliseconds: number;
}

/** A text in progress, or written. */
export interface Written {
  /** What was written so far. */
  readonly text: string;
  /** Tokens written. */
  readonly tokens: number;
  /** Time since the prompt was read. */
  readonly milliseconds: number;
}

/** How training goes. */
export interface TrainSettings {
  /** Optimiser steps. */
  readonly steps: number;
  /** Peak learning rate. */
  readonly learningRate: number;
}

/** What is measured of every rank on the lines held back. */
export interface Curve {
  /** Steps taken when it was measured. */
  readonly step: number;
  /** Mean loss, by rank from 1. */
  readonly losses: readonly number[];
  /** Share of the lines whose class is right, by rank from 1; none where the task is to write. */
  readonly accuracies: readonly number[];
}

/** What training says on its way. */
export type TrainReport =
  | {
      readonly type: "data";
      /** Lines that are learnt from, and lines that are held back. */
      readonly training: number;
      readonly held: number;
      /** Lines that are longer than the model reads, and how many tokens it reads. */
      readonly cut: number;
      readonly maxLength: number;
      /** What guessing costs and how often it is right; undefined where the task is to write. */
      readonly guess: { readonly loss: number; readonly accuracy: number } | undefined;
    }
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly rank: number;
      readonly loss: number;
    }
  | ({ readonly type: "curve" } & Curve);

/** How training ended. */
export interface TrainEnd {
  /** Steps taken. */
  readonly step: number;
  /** Whether it was stopped before the last one. */
  readonly stopped: boolean;
  /** What is wrong with what was trained, for people. It was then not put to use. */
  readonly problem?: string;
  /** The trained adapter, which is now in use. */
  readonly trained?: TrainedAdapter;
}

/** An adapter that was trained, with its files. */
export interface TrainedAdapter {
  /** What the page shows of it. */
  readonly report: AdapterReport;
  /** Its files, with every rank. */
  readonly files: AdapterFiles;
}

/** Where an answer is shown. */
export type Place = "left" | "right";

/** The worker. Calls that fail reject with a message for people. Answers are computed one after the other. */
export interface PlaygroundApi {
  /** Starts a backend: `auto` is a GPU where there is one, else WebAssembly. Gives its description. */
  start(options: { readonly base: string; readonly backend: string }): Promise<string>;
  /** Loads a model with the adapter that comes with the page. */
  open(task: TaskName): Promise<AdapterReport>;
  /** Lines to train on that come with the page. */
  lines(task: TaskName): Promise<string>;
  /** Classifies a text at a rank. */
  classify(text: string, rank: number): Promise<Classified>;
  /**
   * Writes on after a prompt at a rank; ends what it was writing for the same place before. Undefined when that happens to
   * this call.
   */
  write(place: Place, prompt: string, rank: number, onText: (written: Written) => void): Promise<Written | undefined>;
  /** Trains a fresh adapter of rank 8, and puts it to use unless something is wrong with it. */
  train(
    task: TaskName,
    rows: readonly TrainRow[],
    settings: TrainSettings,
    onReport: (report: TrainReport) => void,
  ): Promise<TrainEnd>;
  /** Stops training after the step in progress. */
  stop(): void;
  /** The adapter in use, cut to a rank. */
  download(rank: number): Promise<AdapterFiles>;
  /** Puts an adapter to use. */
  load(files: AdapterFiles): Promise<AdapterReport>;
}
