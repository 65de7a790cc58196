import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepEvent, TrainEvent } from "@dylora/trainer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TimedEvent } from "../runs/event-log.ts";
import { bytesAt, crc32c, doubleOf, fieldsOf, type ReadEvent, readEvents, textOf } from "./fixtures/read-event-file.ts";
import { tensorBoardReporter } from "./tensor-board-reporter.ts";
import { tfRecord } from "./tf-record.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dylora-board-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const step = (number: number, more: Partial<StepEvent> = {}): StepEvent => ({
  type: "step",
  step: number,
  rank: 3,
  loss: 1 / number,
  learningRate: 0.5,
  gradientNorm: 2,
  tokens: 64,
  examples: 8,
  seconds: 0.25,
  ...more,
});
const evaluation = (number: number, rank: number, metric: number): TrainEvent => ({
  type: "evaluation",
  step: number,
  rank,
  metric,
  loss: 0.5,
});
const start = (from: number, steps: number): TrainEvent => ({ type: "start", step: from, steps });
const at = (second: number): Date => new Date(1_800_000_000_000 + 1000 * second);

const filesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith("events"))
    .sort();
const eventsOf = (folder: string): ReadEvent[] =>
  filesOf(folder).flatMap((name) => readEvents(readFileSync(join(folder, name))));

/** What TensorBoard shows of a tag: a session after the first drops what was said of its first step and later ones. */
function seriesOf(events: readonly ReadEvent[], tag: string): [step: number, value: number][] {
  let series: [number, number][] = [];
  let sessions = 0;
  for (const event of events) {
    if (event.starts && sessions++ > 0) series = series.filter(([before]) => before < event.step);
    const value = event.scalars[tag];
    if (value !== undefined) series.push([event.step, value]);
  }
  return series;
}

async function report(events: readonly (readonly [TrainEvent, Date])[], history?: () => Iterable<TimedEvent>) {
  const options = { metric: "accuracy", hparams: { lr: 0.5, keep: "best", skip: false } };
  const board = await tensorBoardReporter(dir, { ...options, ...(history === undefined ? {} : { history }) });
  for (const [event, time] of events) board.add(event, time);
  return board;
}

test("the test's own sum is CRC-32C: RFC 3720, B.4", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

test("a record of any length has a right frame", () => {
  for (const length of [0, 1, 7, 8, 255, 70_000]) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 31) % 256);
    const record = tfRecord(data);
    expect(record).toHaveLength(length + 16);
    expect(new DataView(record.buffer).getUint32(length + 12, true)).toBe(
      (((crc32c(data) >>> 15) | (crc32c(data) << 17)) + 0xa282ead8) >>> 0,
    );
  }
});

describe("a run", () => {
  test("is written as it goes on, with rates and a tag for each rank", async () => {
    await report([
      [start(0, 2), at(0)],
      [step(1), at(1)],
      [step(2, { rank: undefined, examples: undefined }), at(2)],
      [evaluation(2, 1, 0.25), at(3)],
      [evaluation(2, 8, 0.75), at(4)],
    ]);
    const events = eventsOf(dir);
    expect(events[0]).toMatchObject({ version: "brain.Event:2", wallTime: 1_800_000_000 });
    expect(events.slice(1).every(({ version }) => version === undefined)).toBe(true);
    expect(events.filter(({ scalars }) => Object.keys(scalars).length > 0)).toMatchObject([
      {
        step: 1,
        wallTime: 1_800_000_001,
        scalars: {
          "train/loss": 1,
          "train/learning_rate": 0.5,
          "train/grad_norm": 2,
          "train/rank": 3,
          "train/tokens_per_second": 256,
          "train/samples_per_second": 32,
        },
      },
      { step: 2, scalars: { "train/loss": 0.5, "train/tokens_per_second": 256 } },
      { step: 2, scalars: { "eval/accuracy/rank_1": 0.25, "eval/loss/rank_1": 0.5 } },
      { step: 2, scalars: { "eval/accuracy/rank_8": 0.75, "eval/loss/rank_8": 0.5 } },
    ]);
    expect(seriesOf(events, "train/rank")).toEqual([[1, 3]]);
    expect(seriesOf(events, "train/samples_per_second")).toEqual([[1, 32]]);
  });

  test("has its settings and its end where the hparams plugin looks for them", async () => {
    await report([
      [start(0, 1), at(0)],
      [step(1), at(1)],
      [{ type: "end", step: 1, reason: "done" }, at(2)],
    ]);
    const events = eventsOf(dir);
    const pluginOf = (tag: string) => events.find(({ plugins }) => tag in plugins)?.plugins[tag] ?? [];
    const [name, info = new Uint8Array()] = pluginOf("_hparams_/session_start_info");
    expect(name).toBe("hparams");
    const entries = fieldsOf(bytesAt(info, 3) as Uint8Array).get(1) as Uint8Array[];
    const values = entries.map((entry) => {
      const value = fieldsOf(bytesAt(entry, 2) as Uint8Array);
      const [number, text, truth] = [value.get(2)?.[0], value.get(3)?.[0], value.get(4)?.[0]];
      const read = number instanceof Uint8Array ? doubleOf(number) : text instanceof Uint8Array ? textOf(text) : truth;
      return [textOf(bytesAt(entry, 1)), read];
    });
    expect(values).toEqual([
      ["lr", 0.5],
      ["keep", "best"],
      ["skip", 0n],
    ]);
    const [, ended = new Uint8Array()] = pluginOf("_hparams_/session_end_info");
    expect(fieldsOf(bytesAt(ended, 4) as Uint8Array).get(1)).toEqual([1n]);
    expect(pluginOf("custom_scalars__config__")[0]).toBe("custom_scalars");
  });

  test("that goes on has every step once, whatever came after the checkpoint, in a second file after the first", async () => {
    await report([
      [start(0, 4), at(0)],
      [step(1), at(1)],
      [step(2), at(2)],
      [evaluation(2, 1, 0.1), at(2)],
      [evaluation(2, 8, 0.2), at(2)],
      [step(3, { loss: 9 }), at(3)],
    ]);
    // The checkpoint was written after step 2, and the evaluation of rank 8 was not finished then.
    const log: TimedEvent[] = [step(1), step(2), evaluation(2, 1, 0.1)].map((event) => ({ event, time: at(1) }));
    // The clock has been set back.
    const again = [start(2, 4), evaluation(2, 8, 0.3), step(3), step(4)].map((event) => [event, at(-60)] as const);
    await report(again, () => log);
    expect(filesOf(dir)).toEqual(["events.out.tfevents.1800000000.dylora", "events.out.tfevents.1800000001.dylora"]);
    const events = eventsOf(dir);
    expect(seriesOf(events, "train/loss").map(([number]) => number)).toEqual([1, 2, 3, 4]);
    expect(seriesOf(events, "train/loss")[2]?.[1]).toBeCloseTo(1 / 3);
    expect(seriesOf(events, "eval/accuracy/rank_1").map(([number]) => number)).toEqual([2]);
    expect(seriesOf(events, "eval/accuracy/rank_8")).toEqual([[2, Math.fround(0.3)]]);
  });

  test("that is reported from its middle on, or after its end, has all of it", async () => {
    const log = [step(1), step(2), evaluation(2, 4, 0.5)].map((event) => ({ event, time: at(7) }));
    const done: TrainEvent = { type: "end", step: 2, reason: "done" };
    await report(
      [
        [start(2, 2), at(9)],
        [done, at(9)],
      ],
      () => log,
    );
    expect(seriesOf(eventsOf(dir), "train/loss").map(([number]) => number)).toEqual([1, 2]);
    expect(eventsOf(dir).find(({ step }) => step === 2)?.wallTime).toBe(1_800_000_007);
    // And nothing is added where nothing happens.
    await report(
      [
        [start(2, 2), at(10)],
        [done, at(10)],
      ],
      () => log,
    );
    expect(filesOf(dir)).toHaveLength(1);
  });
});

const python = process.env["PYTHON"] ?? "python3";
const hasTensorBoard = spawnSync(python, ["-c", "import tensorboard"]).status === 0;

/** Prints what TensorBoard's event multiplexer and its hparams plugin find below a folder. */
const script = `
import json, sys
from tensorboard.backend.event_processing import plugin_event_multiplexer as m, data_provider as d
from tensorboard.plugins import base_plugin
from tensorboard import context
from tensorboard.plugins.hparams import backend_context as b, metadata
mux = m.EventMultiplexer().AddRunsFromDirectory(sys.argv[1]); mux.Reload()
provider = d.MultiplexerDataProvider(mux, sys.argv[1]); ctx = context.RequestContext()
scalars = provider.read_scalars(ctx, experiment_id="", plugin_name="scalars", downsample=10000)
out = {run: {tag: [[x.step, x.value] for x in xs] for tag, xs in tags.items()} for run, tags in scalars.items()}
hp = b.Context(base_plugin.TBContext(data_provider=provider))
content = hp.hparams_metadata(ctx, "")
exp = hp.experiment_from_metadata(ctx, "", True, content, hp.hparams_from_data_provider(ctx, "", None))
print(json.dumps({"scalars": out, "hparams": {h.name: h.differs for h in exp.hparam_infos}, "metrics": sorted(x.name.tag for x in exp.metric_infos)}))
`;

test.skipIf(!hasTensorBoard)("TensorBoard's own reader finds the same (needs Python with tensorboard)", async () => {
  await report([
    [start(0, 4), at(0)],
    [step(1), at(1)],
    [step(2), at(2)],
    [evaluation(2, 8, 0.2), at(2)],
    [step(3, { loss: 9 }), at(3)],
  ]);
  const log = [step(1), step(2)].map((event) => ({ event, time: at(1) }));
  const again = [start(2, 4), evaluation(2, 8, 0.3), step(3), step(4)].map((event) => [event, at(9)] as const);
  await report(again, () => log);
  const other = await tensorBoardReporter(join(dir, "other"), {
    metric: "accuracy",
    hparams: { lr: 0.1, keep: "best" },
  });
  for (const event of [start(0, 1), step(1), evaluation(1, 4, 0.5)]) other.add(event, at(0));
  const { stdout, stderr } = spawnSync(python, ["-c", script, dir], { encoding: "utf8" });
  expect(stdout, stderr).not.toBe("");
  const read = JSON.parse(stdout);
  expect(Object.keys(read.scalars).sort()).toEqual([".", "other"]);
  const tags = ["train/loss", "train/grad_norm", "train/tokens_per_second", "eval/accuracy/rank_8"];
  for (const tag of tags) {
    const own = seriesOf(eventsOf(dir), tag);
    expect(read.scalars["."][tag]).toEqual(own);
  }
  expect(read.hparams).toEqual({ lr: true, keep: false, skip: false });
  expect(read.metrics).toContain("eval/accuracy/rank_8");
  expect(read.metrics).toContain("eval/accuracy/rank_4");
});
