import { expect, test } from "vitest";
import { contextOf, fileContextOf, type WorkProgress } from "./context.ts";

test("progress is told from where it starts to where it ends, in order", () => {
  const told: WorkProgress[] = [];
  const { progress } = contextOf({ onProgress: (each) => void told.push(each) });
  const train = progress({ title: "train", total: 5, start: 2, unit: "steps" });
  train.update(3, "loss 0.500");
  train.update(5);
  train.end();
  const common = { task: "train", total: 5, start: 2, unit: "steps" };
  expect(told).toEqual([
    { ...common, done: 2, ended: false },
    { ...common, done: 3, ended: false, detail: "loss 0.500" },
    { ...common, done: 5, ended: false },
    { ...common, done: 5, ended: true },
  ]);
});

test("work that ends early says how far it came", () => {
  const told: WorkProgress[] = [];
  const { progress } = contextOf({ onProgress: (each) => void told.push(each) });
  const sweep = progress({ title: "sweep", total: 8, unit: "batches" });
  sweep.update(3, "rank 2");
  sweep.end();
  expect(told.at(-1)).toMatchObject({ done: 3, total: 8, start: 0, detail: "rank 2", ended: true });
});

test("without options nothing is told and nothing stops the work", () => {
  const context = contextOf({});
  const progress = context.progress({ title: "train", total: 1, unit: "steps" });
  progress.update(1);
  progress.end();
  context.note("nobody hears this");
  expect(context).toMatchObject({ models: [], command: [], versions: {}, availableMemory: undefined });
  expect(context.signal.aborted).toBe(false);
  expect(fileContextOf({})).toMatchObject({ stdin: undefined, write: undefined });
});

test("notes go to the log, and the signal is the one that was given", () => {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const context = contextOf({ signal, log: (line) => void lines.push(line) });
  context.note("3 rows left out");
  expect(lines).toEqual(["3 rows left out"]);
  expect(context.signal).toBe(signal);
});
