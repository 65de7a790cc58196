/** What the page asks of its worker. Everything here survives `postMessage`. */

/** The two things the page does. */
export type TaskName = "rating" | "writing";

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
  /** Where it comes from, for people. */
  readonly origin: string;
}

/** A classified text. */
export interface Classified {
  /** Each class, in the order of its id. */
  readonly classes: readonly { readonly label: string; readonly logit: number; readonly probability: number }[];
  /** Tokens read. */
  readonly tokens: number;
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

/** What training says on its way. */
export type TrainReport =
  | { readonly type: "data"; readonly training: number; readonly held: number }
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly rank: number;
      readonly loss: number;
    }
  | { readonly type: "curve"; readonly step: number; readonly losses: readonly number[] };

/** How training ended. */
export interface TrainEnd {
  /** Steps taken. */
  readonly step: number;
  /** Whether it was stopped before the last one. */
  readonly stopped: boolean;
  /** The trained adapter, which is now in use. */
  readonly adapter: AdapterReport;
}

/** The worker. Calls that fail reject with a message for people. */
export interface PlaygroundApi {
  /** Starts a backend: `auto` is a GPU where there is one, else WebAssembly. Gives its description. */
  start(options: { readonly base: string; readonly backend: string }): Promise<string>;
  /** Loads a model with its adapter. */
  open(task: TaskName): Promise<AdapterReport>;
  /** Lines to train on that come with the page. */
  lines(task: TaskName): Promise<string>;
  /** Classifies a text at a rank. */
  classify(text: string, rank: number): Promise<Classified>;
  /** Writes on after a prompt at a rank; ends what it was writing before. Undefined when that happens to this call. */
  write(prompt: string, rank: number, onText: (written: Written) => void): Promise<Written | undefined>;
  /** Trains a fresh adapter of rank 8 and puts it to use. */
  train(
    task: TaskName,
    lines: string,
    settings: TrainSettings,
    onReport: (report: TrainReport) => void,
  ): Promise<TrainEnd>;
  /** Stops training after the step in progress. */
  stop(): void;
  /** The adapter in use, cut to a rank, as a zipped PEFT folder. */
  download(rank: number): Promise<Uint8Array>;
  /** Puts an adapter from a zipped PEFT folder to use. */
  load(zip: Uint8Array, name: string): Promise<AdapterReport>;
}
