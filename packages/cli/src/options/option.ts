import type { Reader, Setting, SettingTable } from "@dylora/finetune/settings";

/** An option of a command: a setting with what help says about it. It is a flag, and a field of the config file. */
export interface Option<T> extends Setting<T> {
  /** What help shows for its value, for instance `<r>`; absent for a flag without one. */
  readonly placeholder: string | undefined;
  /** One line for help. */
  readonly description: string;
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

/** What help says about each of some settings: the placeholder of its value, where it has one, and a line. */
export type OptionTexts<Settings> = {
  readonly [Name in keyof Settings]-?: readonly [placeholder: string, description: string] | string;
};

/** Options out of settings of the library and what help says about them. */
export function describe<Settings extends object>(
  table: SettingTable<Settings>,
  texts: OptionTexts<Settings>,
): { readonly [Name in keyof Settings]-?: Option<Settings[Name]> } {
  const entries = (Object.keys(texts) as (keyof Settings & string)[]).map((name) => {
    const text = texts[name];
    const [placeholder, description] = typeof text === "string" ? [undefined, text] : text;
    return [name, { ...table[name], placeholder, description }];
  });
  return Object.fromEntries(entries);
}

/** `--lora-dropout` from `loraDropout`. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * A text of the library, which names settings as `'loraDropout'`, with flags in their place.
 *
 * @param names settings that are flags
 */
export const inFlags = (text: string, names: ReadonlySet<string>): string =>
  text.replaceAll(/'([a-z][A-Za-z]*)'/g, (quoted, name: string) => (names.has(name) ? flagOf(name) : quoted));
