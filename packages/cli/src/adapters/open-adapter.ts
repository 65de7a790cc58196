import { readdir } from "node:fs/promises";
import { FormatError } from "@dylora/errors";
import { ADAPTER_CONFIG } from "@dylora/io";
import { currentFolder } from "@dylora/io/node";
import type { AdapterSource } from "./adapter-source.ts";
import { openPeftSource } from "./peft-source.ts";
import { openRunSource } from "./run-source.ts";

/**
 * Opens a trained adapter: a run folder of `dylora train`, or a PEFT folder.
 *
 * @param note told what is odd about it
 * @throws FormatError `file_missing`, `incomplete_export`, `not_an_adapter`, and as {@link openRunSource} and {@link openPeftSource}
 */
export async function openAdapter(path: string, note: (line: string) => void): Promise<AdapterSource> {
  const dir = await currentFolder(path);
  const files = await readdir(dir).catch((cause) => {
    throw new FormatError("file_missing", `${dir}: there is no such folder`, { cause, details: { path: dir } });
  });
  if (files.includes("run.json")) return openRunSource(dir, note);
  if (files.includes(ADAPTER_CONFIG)) return openPeftSource(dir, note);
  throw new FormatError(
    "not_an_adapter",
    `${dir} is neither a run folder (run.json) nor a PEFT adapter (${ADAPTER_CONFIG})`,
    { details: { path: dir } },
  );
}
