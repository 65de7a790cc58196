import { dirname } from "node:path";
import { FormatError } from "@dylora/errors";
import type { WorkContext } from "../context.ts";
import { findBase, isFolder } from "../models/find-base.ts";

/** Whether a name can be one of the hub's: adapters have an owner, and a folder beside us that is called so is meant itself. */
const mayBeOnHub = async (name: string): Promise<boolean> => name.includes("/") && !(await isFolder(dirname(name)));

/**
 * Finds an adapter as PEFT does: a folder of this name, or else a repository of the hub or its cache.
 *
 * @returns its folder
 * @throws FormatError `file_missing` where there is no such folder and the name is none of the hub's; and as
 * `downloadModel`
 */
export async function findAdapter(name: string, context: WorkContext): Promise<string> {
  if (await isFolder(name)) return name;
  const cure = "give a run folder, a PEFT folder, or a name on the hub such as owner/my-lora";
  if (await mayBeOnHub(name)) return (await findBase(name, { said: name, cure }, context)).dir;
  const message = `${name}: there is no such folder here; ${cure}`;
  throw new FormatError("file_missing", message, { details: { path: name } });
}
