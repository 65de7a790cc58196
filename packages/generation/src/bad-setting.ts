import { ConfigError } from "@dylora/errors";

/** The error for a setting of a generation. @param right what it must be */
export function badSetting(name: string, found: unknown, right: string): ConfigError {
  return new ConfigError("bad_generation", `${name} is ${found}; it must be ${right}`, { details: { name, found } });
}

/** @throws ConfigError `bad_generation` unless a setting is a whole number within bounds */
export function checkWhole(name: string, found: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(found) && found >= least && found <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw badSetting(name, found, `a whole number ${range}`);
}
