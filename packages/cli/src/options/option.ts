import type { Reader } from "./readers.ts";

/** An option of a command: a flag on the command line and a field of its config file, read by one reader. */
export interface Option<T> {
  /** What help shows for its value, for instance `<r>`; absent for a flag without one. */
  readonly placeholder: string | undefined;
  /** One line for help. */
  readonly description: string;
  /** Checks and converts a given value. */
  readonly read: Reader<T>;
  /** The setting when nothing is given. */
  readonly fallback: T;
}

/** The options of a command by setting name; `loraDropout` is the flag `--lora-dropout`. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The settings that a table of options gives. */
export type SettingsOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never;
};

/** An option with a default. */
export function option<T>(placeholder: string, description: string, read: Reader<T>, fallback: T): Option<T> {
  return { placeholder, description, read, fallback };
}

/** An option that may be left out; its setting is undefined then. */
export function optional<T>(placeholder: string, description: string, read: Reader<T>): Option<T | undefined> {
  return { placeholder, description, read, fallback: undefined };
}

/** A flag without a value. */
export function flag(description: string, read: Reader<boolean>): Option<boolean> {
  return { placeholder: undefined, description, read, fallback: false };
}

/** `--lora-dropout` from `loraDropout`. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
