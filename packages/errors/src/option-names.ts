import { ConfigError } from "./kinds.ts";
import { nearNames } from "./near-names.ts";

/**
 * Refuses a name in an options object that a function does not know: TypeScript does so by itself, JavaScript would
 * ignore it.
 *
 * @param what what the message calls the function or its options
 * @param given the options; nothing given is fine
 * @param known the names; as a `Record<keyof Options, true>` it cannot miss one
 * @throws ConfigError `unknown_setting` naming the nearest names
 *
 * @example
 * ```ts
 * import { checkOptionNames } from "@dylora/errors";
 *
 * try {
 *   checkOptionNames("train", { learning_rate: 1e-3 }, { steps: true, learningRate: true });
 * } catch (error) {
 *   console.log((error as Error).message); // train has no setting "learning_rate"; did you mean "learningRate"? …
 * }
 * ```
 */
export function checkOptionNames(what: string, given: object | undefined, known: Readonly<Record<string, true>>): void {
  const names = Object.keys(known);
  for (const name of Object.keys(given ?? {})) {
    if (Object.hasOwn(known, name)) continue;
    const [near] = nearNames(name.replaceAll(/[_-]/g, ""), names, 1);
    const hint = near === undefined ? "" : `did you mean "${near}"? `;
    throw new ConfigError(
      "unknown_setting",
      `${what} has no setting ${JSON.stringify(name)}; ${hint}Its settings are ${names.join(", ")}`,
      { details: { name } },
    );
  }
}
