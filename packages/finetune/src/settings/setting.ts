import type { Reader } from "./readers.ts";

/** How a setting is read, whatever it comes from: a call, a flag, a configuration file, the record of a run. */
export interface Setting<T> {
  /** Checks and converts a given value. */
  readonly read: Reader<T>;
  /** The value where nothing is given. */
  readonly fallback: T;
}

/** A setting for each member of some settings. */
export type SettingTable<Settings extends object = Readonly<Record<string, unknown>>> = {
  readonly [Name in keyof Settings]-?: Setting<Settings[Name]>;
};

/** A setting with a default. */
export const setting = <T>(read: Reader<T>, fallback: T): Setting<T> => ({ read, fallback });

/** A setting that may be left out, and is undefined then. */
export const optionalSetting = <T>(read: Reader<T>): Setting<T | undefined> => ({ read, fallback: undefined });
