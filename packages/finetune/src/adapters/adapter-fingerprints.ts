import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { filesFingerprint, folderFingerprint } from "../files/fingerprint.ts";
import type { BaseModel } from "../models/base-model.ts";
import { runPaths } from "../runs/run-paths.ts";
import type { AdapterSource } from "./adapter-source.ts";

/** Digests of a base model and of the adapter on it, where there is one. */
export async function readFingerprints(
  adapter: string | undefined,
  source: Pick<AdapterSource, "dir">,
  base: Pick<BaseModel, "dir">,
): Promise<Record<string, string>> {
  const digests = { "base model": await folderFingerprint(base.dir) };
  if (adapter === undefined) return digests;
  const { record, checkpoint } = runPaths(source.dir);
  const isRun = existsSync(record);
  // The list of checkpoints has their digests.
  const names = [record, join(checkpoint, "checkpoints.json")].map((path) => relative(source.dir, path));
  return {
    ...digests,
    adapter: await (isRun ? filesFingerprint(source.dir, names) : folderFingerprint(source.dir)),
  };
}
