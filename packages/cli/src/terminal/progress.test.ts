import type { WorkProgress } from "@dylora/finetune";
import { expect, test } from "vitest";
import { progressDisplay, startProgress } from "./progress.ts";

/** A terminal or log with a clock that is set by hand. */
function screen(redraw: boolean, columns = 200) {
  const state = { time: 0, text: "" };
  const output = {
    write: (text: string) => {
      state.text += text;
    },
    redraw,
    columns,
    now: () => state.time,
  };
  return { state, output, drawn: () => state.text.split("\r\u001b[K").at(-1) };
}

const task = { title: "train", total: 100, unit: "steps" };

test("a terminal shows the amount, the rate and the time left", () => {
  const { state, output, drawn } = screen(true);
  const progress = startProgress(task, output);
  expect(drawn()).toBe(`train ${"░".repeat(24)} 0/100 steps`);
  for (let step = 1; step <= 25; step++) {
    state.time = step * 500;
    progress.update(step, "loss 0.5");
  }
  expect(drawn()).toBe(`train ${"█".repeat(6)}${"░".repeat(18)} 25/100 steps · 2.0 steps/s · 38 s left · loss 0.5`);
  state.time = 50_000;
  progress.update(100);
  progress.end();
  expect(drawn()).toBe(`train ${"█".repeat(24)} 100/100 steps · 50.0 s\n`);
});

test("the rate is that of the last seconds, so a slow start is forgotten", () => {
  const { state, output, drawn } = screen(true);
  const progress = startProgress(task, output);
  state.time = 60_000;
  progress.update(1);
  for (let step = 2; step <= 52; step++) {
    state.time += 1000;
    progress.update(step);
  }
  expect(drawn()).toContain("1.0 steps/s · 48 s left");
});

test("slow work shows the time of each", () => {
  const { state, output, drawn } = screen(true);
  const progress = startProgress(task, output);
  for (let step = 1; step <= 3; step++) {
    state.time += 90_000;
    progress.update(step);
  }
  expect(drawn()).toContain("3/100 steps · 1 min 30 s each · 2 h 26 min left");
});

test("what an earlier process did counts as done, not as fast", () => {
  const { state, output, drawn } = screen(true);
  const progress = startProgress({ ...task, start: 90 }, output);
  state.time = 5000;
  progress.update(95);
  expect(drawn()).toContain("95/100 steps · 1.0 steps/s · 5 s left");
});

test("a line never wraps, and is not drawn more than ten times a second", () => {
  const { state, output } = screen(true, 30);
  const progress = startProgress(task, output);
  for (let step = 1; step <= 50; step++) {
    state.time += 10;
    progress.update(step);
  }
  const lines = state.text.split("\r\u001b[K").slice(1);
  expect(lines.length).toBeLessThanOrEqual(6);
  for (const line of lines) expect(line.length).toBeLessThan(30);
});

test("elsewhere plain lines come now and then, and one at the end", () => {
  const { state, output } = screen(false);
  const progress = startProgress(task, output);
  for (let step = 1; step <= 100; step++) {
    state.time += 250;
    progress.update(step, "loss 0.5");
  }
  progress.end();
  expect(state.text.split("\n")).toEqual([
    "train: 40/100 steps · 4.0 steps/s · 15 s left · loss 0.5",
    "train: 80/100 steps · 4.0 steps/s · 5 s left · loss 0.5",
    "train: 100/100 steps · 25.0 s · loss 0.5",
    "",
  ]);
});

test("after the end nothing is written", () => {
  const { state, output } = screen(false);
  const progress = startProgress(task, output);
  progress.update(100);
  progress.end();
  const before = state.text;
  progress.update(1);
  progress.end();
  expect(state.text).toBe(before);
});

test("where there is little room, whole parts are left out from the end", () => {
  const { state, output, drawn } = screen(true, 64);
  const progress = startProgress(task, output);
  state.time = 1000;
  progress.update(5, "loss 0.512");
  expect(drawn()).toBe(`train █${"░".repeat(23)} 5/100 steps · 5.0 steps/s`);
});

test("what the library tells is shown, one piece of work after another", () => {
  const shown: string[] = [];
  const { onProgress: show } = progressDisplay(({ title, total, start, unit }) => {
    shown.push(`${title}: ${start} of ${total} ${unit}`);
    return {
      update: (done, detail) => void shown.push(`${title} ${done} ${detail}`),
      aside: (write) => write(),
      end: () => void shown.push(`${title} over`),
    };
  });
  const told = (name: string, done: number, more: Partial<WorkProgress> = {}) =>
    show({ task: name, done, total: 4, start: 1, unit: "steps", ended: false, ...more });
  told("train", 1);
  told("train", 2, { detail: "loss 0.5" });
  // Another piece begins before the first has said that it is over.
  told("sweep", 1);
  told("sweep", 4);
  told("sweep", 4, { ended: true });
  told("sweep", 1);
  expect(shown).toEqual([
    "train: 1 of 4 steps",
    "train 1 undefined",
    "train 2 loss 0.5",
    "train over",
    "sweep: 1 of 4 steps",
    "sweep 1 undefined",
    "sweep 4 undefined",
    "sweep over",
    "sweep: 1 of 4 steps",
    "sweep 1 undefined",
  ]);
});

test("a note on a terminal stands above the bar, whose line it does not run into; in a log it is a line like others", () => {
  const { state, output } = screen(true);
  const progress = startProgress(task, output);
  const before = state.text;
  progress.aside(() => output.write("step 50: accuracy 0.8\n"));
  expect(state.text.slice(before.length)).toBe(
    `\r\u001b[Kstep 50: accuracy 0.8\n\r\u001b[Ktrain ${"░".repeat(24)} 0/100 steps`,
  );
  progress.end();
  const log = screen(false);
  const lines = startProgress(task, log.output);
  lines.aside(() => log.output.write("step 50: accuracy 0.8\n"));
  expect(log.state.text).toBe("step 50: accuracy 0.8\n");
});
