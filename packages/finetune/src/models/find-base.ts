import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError, DyloraError, FormatError, ResourceError, showValue } from "@dylora/errors";
import { isHubName } from "@dylora/io";
import { downloadModel } from "@dylora/io/node";
import type { WorkContext } from "../context.ts";

/** Who named a base model, for messages, and what helps when there is none of that name. */
export interface BaseOrigin {
  /** The name with what it came from: `--base gpt2`. */
  readonly said: string;
  /** What the person can do. */
  readonly cure: string;
  /** Branch, tag or commit that a hub name is asked for; default the main one. */
  readonly revision?: string | undefined;
}

/** A name that the person gave. */
export const givenBase = (name: string): BaseOrigin => {
  return {
    said: `'base' ${name}`,
    cure: "give a folder, or a name on the hub such as gpt2 or FacebookAI/roberta-base",
  };
};

/** A name that an adapter brings, and the revision that it was trained on (PEFT's `revision`). */
export const adaptersBase = (dir: string, name: string, revision?: string): BaseOrigin => {
  const said = `${dir} names ${showValue(name)} as its base model`;
  return { said, cure: "give 'base' with its folder or hub name", revision };
};

/** Whether a path is a folder, also by a link. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/** What a file system path looks like even where it has the form of a hub name. */
const PATH = /^[./~]|\\|^[a-z]:|\.{2}/i;

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** The same error with the origin of the name before what the hub said, and the cure after it. */
function withOrigin(error: unknown, { said, cure }: BaseOrigin): unknown {
  if (!DyloraError.isInstance(error) || !error.code.startsWith("hub_")) return error;
  const kinds = { ConfigError, FormatError, ResourceError };
  const Kind = kinds[error.name as keyof typeof kinds] ?? FormatError;
  const message = `${said}: there is no such folder here, and ${error.message}; ${cure}`;
  return new Kind(error.code, message, { cause: error, details: error.details });
}

/**
 * Finds a base model as transformers does: a folder of this name, or else a repository of the hub or its cache, with or
 * without an owner.
 *
 * @returns what to call it, a path made absolute; its folder; and of a hub name the revision, where one was asked for
 * @throws FormatError `file_missing` for a path that does not exist; and as `downloadModel`, the origin named
 */
export async function findBase(
  name: string,
  origin: BaseOrigin,
  context: WorkContext,
): Promise<{ readonly name: string; readonly dir: string; readonly revision?: string }> {
  if (await isFolder(name)) return { name: resolve(name), dir: resolve(name) };
  if (!isHubName(name) || PATH.test(name)) {
    const message = `${origin.said}: there is no such folder here; ${origin.cure}`;
    throw new FormatError("file_missing", message, { details: { path: name } });
  }
  let progress: ReturnType<WorkContext["progress"]> | undefined;
  try {
    const { dir, commit, unasked } = await downloadModel(name, {
      signal: context.signal,
      ...(origin.revision === undefined ? {} : { revision: origin.revision }),
      onProgress: ({ done, total, detail }) => {
        progress ??= context.progress({ title: `download ${name}`, total: megabytes(total), unit: "MB" });
        progress.update(megabytes(done), detail);
      },
    });
    if (unasked !== undefined) {
      context.note(
        `${name}: the hub was not asked (${unasked.message}); commit ${commit.slice(0, 7)} of the cache is used`,
      );
    }
    return { name, dir, ...(origin.revision === undefined ? {} : { revision: origin.revision }) };
  } catch (error) {
    throw withOrigin(error, origin);
  } finally {
    progress?.end();
  }
}
