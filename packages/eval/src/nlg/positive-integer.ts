import { ConfigError } from "@dylora/errors";

/** @throws ConfigError `bad_<name>` unless `value` is a positive integer. */
export function requirePositiveInteger(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new ConfigError(`bad_${name}`, `${name.replaceAll("_", " ")} is ${value}; it must be a positive integer`, {
    details: { [name]: value },
  });
}
