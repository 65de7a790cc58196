import { FormatError } from "@dylora/errors";

/**
 * Checks that a name from downloaded data is a plain relative path that stays inside its folder on every system:
 * segments divided by `/`, none of them empty, `.` or `..`, no backslash, drive letter or control character.
 *
 * @param path the name as the data gives it
 * @param origin where it comes from, for the message
 * @returns `path` itself.
 * @throws `FormatError` `unsafe_path`.
 */
export function safeRelativePath(path: string, origin: string): string {
  const segments = path.split("/");
  const bad =
    segments.some((segment) => segment === "" || segment === "." || segment === ".." || /^[a-z]:/i.test(segment)) ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
    /[\\\u0000-\u001f\u007f]/.test(path);
  if (!bad) return path;
  throw new FormatError("unsafe_path", `${origin} names the file ${JSON.stringify(path)}, which may leave its folder`, {
    details: { path, origin },
  });
}
