import { listRuns } from "@dylora/finetune";
import { checkOutputFile, writeFileAtomic } from "@dylora/io/node";
import { type RunList, runListPage, runListTable } from "@dylora/report";
import type { CommandContext } from "../context.ts";

/** Settings of `dylora runs`. */
export interface RunsSettings {
  /** The order. */
  readonly sort: string | undefined;
  /** File of the page. */
  readonly html: string | undefined;
}

/** `dylora runs`: lists the runs below a folder. */
export async function runRuns(dir: string, { sort, html }: RunsSettings, context: CommandContext): Promise<RunList> {
  if (html !== undefined) await checkOutputFile(html);
  const list = await listRuns(dir, { signal: context.signal, ...(sort === undefined ? {} : { sort }) });
  const inFlags = { ...list, runs: list.runs.map((run) => ({ ...run, warnings: run.warnings.map(context.inFlags) })) };
  context.say(runListTable(inFlags, context.terminal));
  if (html !== undefined) {
    await writeFileAtomic(html, runListPage(inFlags, new Date().toISOString()));
    context.say(`written: ${html}`);
  }
  return list;
}
