import { readdir } from "node:fs/promises";
import { FormatError } from "@dylora/errors";
import { ADAPTER_CONFIG } from "@dylora/io";
import { currentFolder } from "@dylora/io/node";
import type { WorkContext } from "../context.ts";
import type { AdapterSource } from "./adapter-source.ts";
import { findAdapter } from "./find-adapter.ts";
import { openPeftSource } from "./peft-source.ts";
import { openRunSource } from "./run-source.ts";

/**
 * Opens a trained adapter: a run folder of `dylora train`, a PEFT folder, or the name of one on the hub, which is
 * downloaded into the standard cache.
 *
 * @throws FormatError `file_missing`, `incomplete_export`, `not_an_adapter`, and as {@link findAdapter},
 * {@link openRunSource} and {@link openPeftSource}
 */
export async function openAdapter(name: string, context: WorkContext): Promise<AdapterSource> {
  const dir = await currentFolder(await findAdapter(name, context));
  const files = await readdir(dir).catch((cause) => {
    throw new FormatError("file_missing", `${dir} cannot be read`, { cause, details: { path: dir } });
  });
  const { note } = context;
  if (files.includes("run.json")) return openRunSource(dir, note);
  if (files.includes(ADAPTER_CONFIG)) return openPeftSource(dir, note);
  throw new FormatError(
    "not_an_adapter",
    `${dir} is neither a run folder (run.json) nor a PEFT adapter (${ADAPTER_CONFIG})`,
    { details: { path: dir } },
  );
}
