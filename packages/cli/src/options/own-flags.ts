import { meaningOf, otherNamesOf, ownName, snakeCase } from "@dylora/finetune/settings";
import { flagOf, type OptionTable } from "./option.ts";

/** The flags of other tools that mean an option of a command, as help shows them. */
export const otherFlagsOf = (name: string, names: ReadonlySet<string>): readonly string[] =>
  otherNamesOf(name, names).map((other) => `--${other.replaceAll("_", "-")}`);

/** A value as a configuration file would have it. */
function valueIn(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** Arguments in our words, and what else was said. */
export interface OwnFlags {
  /** The arguments. */
  readonly args: readonly string[];
  /** Settings of other tools that are none of ours under another name, such as `do_train`. */
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Arguments with the flags of other tools in our words: `--learning_rate 1e-3` becomes `--lr 1e-3`.
 *
 * @param args what stands after the command
 * @param options the options of the command
 */
export function inOwnFlags(args: readonly string[], options: OptionTable): OwnFlags {
  const names = new Set(Object.keys(options));
  const end = args.indexOf("--");
  const flags = end < 0 ? args.length : end;
  const own: string[] = [];
  const others: Record<string, unknown> = {};
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] as string;
    const [, name, given] = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(argument) ?? [];
    if (name === undefined || at >= flags) {
      own.push(argument);
      continue;
    }
    const ours = ownName(name, names);
    const next = args[at + 1];
    // A switch of ours, which other tools give a value.
    const value = given?.slice(1) ?? (at + 1 < flags ? next : undefined);
    const isForeignSwitch = ours !== undefined && ours !== name && options[ours]?.placeholder === undefined;
    const hasValue = value !== undefined && !value.startsWith("--");
    if (isForeignSwitch && hasValue && /^(true|false)$/i.test(value)) {
      if (given === undefined) at++;
      if (valueIn(value) === true) own.push(flagOf(ours));
    } else if (isForeignSwitch && hasValue && meaningOf(snakeCase(name)) !== undefined) {
      if (given === undefined) at++;
      others[snakeCase(name)] = valueIn(value);
    } else if (ours !== undefined) own.push(`${flagOf(ours)}${given ?? ""}`);
    // Settings of training mean nothing to a command that trains nothing.
    else if (meaningOf(snakeCase(name)) === undefined || !names.has("lr")) own.push(argument);
    else {
      const takesNext = given === undefined && at + 1 < flags && next !== undefined && !next.startsWith("--");
      if (takesNext) at++;
      others[snakeCase(name)] = takesNext ? valueIn(next) : given === undefined ? true : valueIn(given.slice(1));
    }
  }
  return { args: own, others };
}
