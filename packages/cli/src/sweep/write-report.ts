import { writeFileAtomic } from "@dylora/io/node";
import { metricChart } from "../report/chart.ts";
import { htmlReport } from "../report/html.ts";

import { formatSweepFile } from "../report/parse-sweep-file.ts";
import type { SweepFile } from "../report/sweep-file.ts";

/** Names of the files of a report. */
export interface ReportFiles {
  /** The data. */
  readonly data: string;
  /** The curves. */
  readonly picture: string;
  /** Everything in one page. */
  readonly page: string;
}

/** Writes data, picture and page of a sweep or a comparison. */
export async function writeReport(files: ReportFiles, sweep: SweepFile): Promise<void> {
  await writeFileAtomic(files.data, formatSweepFile(sweep));
  await writeFileAtomic(files.picture, await metricChart(sweep));
  await writeFileAtomic(files.page, await htmlReport(sweep));
}
