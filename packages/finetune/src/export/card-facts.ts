import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { NotedBase, NotedScore } from "@dylora/io";
import { type BaseModel, describeBase } from "../models/base-model.ts";
import { readSweep } from "../runs/read-sweep.ts";
import { runPaths } from "../runs/run-paths.ts";

/** The licence that the model card in a folder names; undefined where it has no card, or the card names none. */
async function licenseOf(dir: string): Promise<string | undefined> {
  const card = await readFile(join(dir, "README.md"), "utf8").catch(() => "");
  const front = /^---\r?\n(.*?)\r?\n---/su.exec(card)?.[1] ?? "";
  return /^license:[ \t]*["']?([\w.-]+)["']?[ \t]*$/mu.exec(front)?.[1];
}

/** What is known of a base model besides its name. */
export async function notedBase(base: BaseModel): Promise<NotedBase> {
  const { architecture, parameters } = describeBase(base);
  return { architecture, parameters, license: await licenseOf(base.dir) };
}

/** What the last sweep of a run measured at a rank; undefined where there was none, or it had no score there. */
export async function notedScore(dir: string | undefined, rank: number): Promise<NotedScore | undefined> {
  if (dir === undefined) return undefined;
  const sweep = await readSweep(runPaths(dir).sweep).catch(() => undefined);
  const point = sweep?.curves[0]?.points.find((candidate) => candidate.rank === rank);
  if (sweep === undefined || point?.metric == null) return undefined;
  const { metric: value, low, high } = point;
  const { confidence, task } = sweep;
  const interval = low == null || high == null ? undefined : { low, high, confidence };
  return { metric: task.metric.name, value, interval, examples: task.examples };
}
