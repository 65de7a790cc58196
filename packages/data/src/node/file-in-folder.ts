import { isAbsolute, join, relative, sep } from "node:path";
import { FormatError, showValue } from "@dylora/errors";
import { fileOfFolder } from "@dylora/io/node";

/**
 * The path of a file that another file names, relative to a folder. It must lie in the folder, and a link in its place too
 * must lead there: what is downloaded or cloned must not name files elsewhere.
 *
 * @param what what the file is, for the error
 * @throws FormatError `outside_folder`
 */
export async function fileInFolder(folder: string, name: string, what: string): Promise<string> {
  const path = relative(folder, join(folder, name));
  if (isAbsolute(name) || path === ".." || path.startsWith(`..${sep}`)) {
    throw new FormatError(
      "outside_folder",
      `${what} is ${showValue(name)}, which lies outside of ${folder}; put the file into that folder`,
      { details: { path: folder, name } },
    );
  }
  return fileOfFolder(folder, name);
}
