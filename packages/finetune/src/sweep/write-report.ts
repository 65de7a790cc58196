import { checkOutputFile, writeFileAtomic } from "@dylora/io/node";
import type { SweepFile } from "@dylora/report";
import { formatSweepFile, htmlReport, metricChart } from "@dylora/report";
import { publicSweep } from "./public-sweep.ts";

/** Names of the files of a report. */
export interface ReportFiles {
  /** The data. */
  readonly data: string;
  /** The curves. */
  readonly picture: string;
  /** Everything in one page. */
  readonly page: string;
}

/**
 * Refuses, before the work, a place where a report cannot be written.
 *
 * @throws ResourceError `output_refused`
 */
export async function checkReport({ data, picture, page }: ReportFiles): Promise<void> {
  for (const path of [data, picture, page]) await checkOutputFile(path);
}

/**
 * Writes data, picture and page of a sweep or a comparison. Paths in them are named from the working folder, and private
 * folders above it are left out.
 *
 * @returns what was written
 *
 * @experimental
 */
export async function writeReport(files: ReportFiles, sweep: SweepFile): Promise<SweepFile> {
  const shown = publicSweep(sweep);
  await writeFileAtomic(files.data, formatSweepFile(shown));
  await writeFileAtomic(files.picture, await metricChart(shown));
  await writeFileAtomic(files.page, await htmlReport(shown));
  return shown;
}
