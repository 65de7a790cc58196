import { basename, isAbsolute, parse, relative, resolve, sep } from "node:path";

/** Stands for the folders above a path that are nobody's business. */
export const SOMEWHERE = "path/to/";

/** Folders between the root of its disk and a path, itself included. */
const depth = (path: string): number => path.slice(parse(path).root.length).split(sep).filter(Boolean).length;

/**
 * A path as a file that is given away may name it: from where the command was typed. A path that would name a person's home or
 * the folders of a machine keeps its last part alone. What is no absolute path stays as it is.
 *
 * @param from folder that the command was typed in
 */
export function publicPath(path: string, from: string = process.cwd()): string {
  if (!isAbsolute(path)) return path;
  const way = relative(from, path);
  const up = /^(\.\.(?:[\\/]|$))*/u.exec(way)?.[0] ?? "";
  // Above it stand names such as /home/alice.
  const named = up !== "" && depth(resolve(from, up)) < 2;
  if (isAbsolute(way) || named) return `${SOMEWHERE}${basename(path)}`;
  return way === "" ? "." : way.replaceAll("\\", "/");
}

/** Settings that may be paths. A regular expression of targets stands between slashes and is none. */
const PATHS: ReadonlySet<string> = new Set(["base", "model", "task", "data", "distribution", "validation"]);

/** The value of a setting as a file that is given away may show it. */
export const publicSetting = <Value>(name: string, value: Value): Value | string =>
  typeof value === "string" && PATHS.has(name) ? publicPath(value) : value;

/** An argument of a command, which may hold a path behind `=`. */
function publicArgument(argument: string, from: string): string {
  const [, flag = "", value = argument] = /^(--[^=\s]+=)(.*)$/su.exec(argument) ?? [];
  return `${flag}${publicPath(value, from)}`;
}

/** A command whose paths are public, argument by argument. */
export const publicCommand = (command: readonly string[], from: string = process.cwd()): string[] =>
  command.map((argument) => publicArgument(argument, from));
