import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@dylora/errors";

/** The sample of the repository, seen from this package and from the current folder. */
const usual = [fileURLToPath(new URL("../../../../examples/quickstart", import.meta.url)), "examples/quickstart"];

const taskIn = (dir: string): string => join(dir, "data", "task.json");

/** Paths of a sample: a model and a task to train it on. */
export interface SampleFolder {
  /** Folder of the base model. */
  readonly model: string;
  /** Its `task.json`. */
  readonly task: string;
}

/**
 * Finds the sample.
 *
 * @param given folder that the person named
 * @throws ConfigError `sample_missing`
 */
export function findSample(given: string | undefined): SampleFolder {
  const dir = (given === undefined ? usual : [given]).find((candidate) => existsSync(taskIn(candidate)));
  if (dir === undefined) {
    const looked = (given === undefined ? usual : [given]).map(taskIn).join(" and ");
    throw new ConfigError("sample_missing", `there is no sample: looked for ${looked}; name its folder with --dir`);
  }
  const near = relative(process.cwd(), dir);
  const shown = near === "" || near.startsWith("..") ? dir : near;
  return { model: join(shown, "model"), task: taskIn(shown) };
}
