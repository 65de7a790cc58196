import { ConfigError, nearNames, showValue } from "@dylora/errors";
import { UnreadableError } from "./readers.ts";
import type { SettingTable } from "./setting.ts";

/** Values that are not yet checked, and where they come from. */
export interface GivenValues {
  /** By setting name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The path of a file that they stand in; absent for what was given in a call or by flags. */
  readonly file?: string;
}

function placeOf(name: string, file: string | undefined): string {
  return file === undefined ? `'${name}'` : `${file}: "${name}"`;
}

/** Refuses fields that no option has. */
function checkNames(table: object, { values, file }: GivenValues): void {
  const known = Object.keys(table);
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    const near = nearNames(name, known, 1)[0];
    const advice = near === undefined ? "the" : `did you mean "${near}"? The`;
    throw new ConfigError(
      "unknown_option",
      `${file ?? "options"}: there is no option "${name}"; ${advice} options are ${known.join(", ")}`,
    );
  }
}

/**
 * The settings of a command: each option from the first source that gives it, else its default.
 *
 * @param sources in order of precedence: flags, then config file
 * @throws ConfigError `unknown_option` or `bad_option`, naming the setting, or file and field
 */
export function readSettings<Settings extends object>(
  table: SettingTable<Settings>,
  sources: readonly GivenValues[],
): Settings {
  for (const source of sources) checkNames(table, source);
  const entries = Object.entries<SettingTable[string]>(table).map(([name, { read, fallback }]) => {
    const source = sources.find(({ values }) => values[name] !== undefined && values[name] !== null);
    if (source === undefined) return [name, fallback];
    const given = source.values[name];
    try {
      return [name, read(given)];
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      const shown = typeof given === "string" ? given : showValue(given);
      throw new ConfigError("bad_option", `${placeOf(name, source.file)} is ${shown}; it must be ${error.message}`, {
        details: { option: name, given },
      });
    }
  });
  return Object.fromEntries(entries) as Settings;
}

/**
 * Refuses settings that lack one of the named options.
 *
 * @throws ConfigError `option_missing`
 */
export function requireOptions<Settings extends object, Name extends keyof Settings & string>(
  settings: Settings,
  ...names: readonly Name[]
): asserts settings is Settings & { readonly [Key in Name]-?: NonNullable<Settings[Key]> } {
  for (const name of names) {
    if (settings[name] !== undefined) continue;
    throw new ConfigError("option_missing", `'${name}' is missing`, { details: { option: name } });
  }
}
