import type { ProgressTask, WorkProgress } from "@dylora/finetune";
import { formatDuration } from "@dylora/report";
import { safeText } from "./safe-text.ts";

/** Shows how far a piece of work is. */
export interface Progress {
  /**
   * Tells how much is done.
   *
   * @param detail what else to show, for instance the loss
   */
  update(done: number, detail?: string): void;
  /** Writes something else, such as a note; what is shown stands below it afterwards. */
  aside(write: () => void): void;
  /** Ends the display; what is on it stays. */
  end(): void;
}

/** Where and how progress is shown. */
export interface ProgressOutput {
  /** Writes to the terminal or log. */
  write(text: string): void;
  /** True where a line can be drawn again; else plain lines are written now and then. */
  readonly redraw: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** The rate is measured over so many milliseconds. */
const WINDOW = 20_000;
const REDRAW_EVERY = 100;
const LINE_EVERY = 10_000;
const BAR_WIDTH = 24;
const SEPARATOR = " · ";

interface Sample {
  readonly time: number;
  readonly done: number;
}

/** `8.3 steps/s`, or `4.10 s each` where it is slow. */
function rateText(perSecond: number, unit: string): string {
  if (perSecond < 0.995) return `${formatDuration(1 / perSecond)} each`;
  return `${perSecond.toFixed(perSecond < 99.5 ? 1 : 0)} ${unit}/s`;
}

/** Whole seconds, so that the display does not flicker. */
function leftText(seconds: number): string {
  return `${seconds < 59.5 ? `${Math.ceil(seconds)} s` : formatDuration(seconds)} left`;
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/**
 * Starts a display of progress: amount, measured rate and the time left at that rate.
 *
 * On a terminal one line is drawn again and again; elsewhere a plain line comes every ten seconds and at the end.
 */
export function startProgress(task: ProgressTask, output: ProgressOutput): Progress {
  const { total, start = 0, unit } = task;
  // The title names a model or a task.
  const title = safeText(task.title).replaceAll("\n", " ");
  const began = output.now();
  const samples: Sample[] = [{ time: began, done: start }];
  let done = start;
  let detail = "";
  let shownAt = output.redraw ? Number.NEGATIVE_INFINITY : began;
  let shownDone = -1;
  let open = true;

  const parts = (time: number): string[] => {
    const first = samples[0] as Sample;
    const perSecond = time > first.time ? ((done - first.done) * 1000) / (time - first.time) : 0;
    const counted = `${done}/${total} ${unit}`;
    if (done >= total) return [counted, formatDuration((time - began) / 1000), detail].filter(Boolean);
    if (perSecond === 0) return [counted, detail].filter(Boolean);
    return [counted, rateText(perSecond, unit), leftText((total - done) / perSecond), detail].filter(Boolean);
  };
  const show = (time: number): void => {
    shownAt = time;
    shownDone = done;
    const shown = parts(time);
    if (!output.redraw) {
      output.write(`${title}: ${shown.join(SEPARATOR)}\n`);
      return;
    }
    const head = `${title} ${bar(total === 0 ? 1 : done / total)} `;
    const room = output.columns - 1;
    while (shown.length > 1 && head.length + shown.join(SEPARATOR).length > room) shown.pop();
    output.write(`\r\u001b[K${(head + shown.join(SEPARATOR)).slice(0, Math.max(1, room))}`);
  };

  if (output.redraw) show(began);
  return {
    update(count, more = "") {
      if (!open) return;
      const time = output.now();
      done = count;
      detail = safeText(more).replaceAll("\n", " ");
      samples.push({ time, done });
      while (samples.length > 2 && time - (samples[1] as Sample).time > WINDOW) samples.shift();
      if (time - shownAt >= (output.redraw ? REDRAW_EVERY : LINE_EVERY)) show(time);
    },
    aside(write) {
      if (!open || !output.redraw) return write();
      output.write("\r\u001b[K");
      write();
      show(output.now());
    },
    end() {
      if (!open) return;
      open = false;
      if (shownDone !== done || output.redraw) show(output.now());
      if (output.redraw) output.write("\n");
    },
  };
}

/** Shows progress, and lets notes be written beside it. */
export interface ProgressDisplay {
  /** What the library tells of its progress. */
  readonly onProgress: (progress: WorkProgress) => void;
  /** Writes a note above what is shown. */
  readonly aside: (write: () => void) => void;
}

/**
 * Shows what the library tells of its progress, one piece of work after another.
 *
 * @param start starts a display
 */
export function progressDisplay(start: (task: ProgressTask) => Progress): ProgressDisplay {
  let shown: { readonly task: string; readonly display: Progress } | undefined;
  return {
    aside: (write) => (shown === undefined ? write() : shown.display.aside(write)),
    onProgress({ task, done, total, start: from, unit, detail, ended }) {
      if (shown?.task !== task) {
        shown?.display.end();
        shown = { task, display: start({ title: task, total, start: from, unit }) };
      }
      if (!ended) return shown.display.update(done, detail);
      shown.display.end();
      shown = undefined;
    },
  };
}
