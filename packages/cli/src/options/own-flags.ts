import { otherNamesOf, ownName } from "@dylora/finetune/settings";
import { flagOf } from "./option.ts";

/** The flags of other tools that mean an option of a command, as help shows them. */
export const otherFlagsOf = (name: string, names: ReadonlySet<string>): readonly string[] =>
  otherNamesOf(name, names).map((other) => `--${other.replaceAll("_", "-")}`);

/**
 * Arguments with the flags of other tools in our words: `--learning_rate 1e-3` becomes `--lr 1e-3`.
 *
 * @param args what stands after the command
 * @param names the options of the command
 */
export function inOwnFlags(args: readonly string[], names: ReadonlySet<string>): string[] {
  const end = args.indexOf("--");
  const flags = end < 0 ? args.length : end;
  return args.flatMap((argument, at) => {
    const [, name, value] = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(argument) ?? [];
    if (name === undefined || at >= flags) return [argument];
    if (name.replaceAll("_", "-") === "use-rslora" && value === undefined && names.has("scaling")) {
      return [flagOf("scaling"), "alpha/sqrt(b)"];
    }
    const own = ownName(name, names);
    return [own === undefined ? argument : `${flagOf(own)}${value ?? ""}`];
  });
}
