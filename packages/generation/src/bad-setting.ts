import { ConfigError, checkWhole } from "@dylora/errors";

/** The error for a setting of a generation. @param right what it must be */
export function badSetting(name: string, found: unknown, right: string): ConfigError {
  return new ConfigError("bad_generation", `${name} is ${found}; it must be ${right}`, { details: { name, found } });
}

/** @throws ConfigError `bad_generation` unless a setting is a whole number within bounds */
export function checkCount(name: string, found: number, min: number, max?: number): void {
  checkWhole("bad_generation", name, found, max === undefined ? { min } : { min, max });
}
