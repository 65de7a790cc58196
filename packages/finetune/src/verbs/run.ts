import type { FinishedRun } from "../training/train-run.ts";
import type { TunedModel } from "./tuned-model.ts";

/** A trained run: its adapter on its model, which answers at every rank, with all that is known of its training. */
export interface Run extends TunedModel, Omit<FinishedRun, "adapted" | "close"> {}
