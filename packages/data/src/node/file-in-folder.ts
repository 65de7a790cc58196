import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { FormatError, showValue } from "@dylora/errors";

const leadsOut = (path: string): boolean => path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);

/**
 * The path of a file that another file names, relative to a folder. It must lie in the folder, and a link in its place too
 * must lead there: what is downloaded or cloned must not name files elsewhere.
 *
 * @param what - what the file is, for the error.
 * @throws FormatError `outside_folder`
 */
export async function fileInFolder(folder: string, name: string, what: string): Promise<string> {
  const fail = (problem: string) =>
    new FormatError(
      "outside_folder",
      `${what} is ${showValue(name)}, ${problem} ${folder}; put the file, not a link to it, into that folder`,
      { details: { path: folder, name } },
    );
  const path = join(folder, name);
  if (isAbsolute(name) || leadsOut(relative(folder, path))) throw fail("which lies outside of");
  // A file that is not there is complained about when it is opened.
  const [home, file] = await Promise.all([realpath(folder), realpath(path)]).catch(() => [folder, path]);
  if (leadsOut(relative(home as string, file as string))) throw fail("a link that leads out of");
  return path;
}
