import type { CommandContext } from "./context.ts";
import type { OptionTable, SettingsOf } from "./options/option.ts";

/** An invocation for help, with what it does. */
export interface Example {
  /** What to type. */
  readonly command: string;
  /** What happens. */
  readonly effect: string;
}

/** A command of `dylora`. Declaring one loads nothing heavy: `run` imports what it needs. */
export interface Command<Table extends OptionTable = OptionTable> {
  /** First word after `dylora`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More lines for its own help. */
  readonly details?: string;
  /** Positional argument. */
  readonly argument?: { readonly name: string; readonly description: string };
  /** Its options, besides those that every command has. */
  readonly options: Table;
  /** At least one. */
  readonly examples: readonly [Example, ...Example[]];
  /**
   * Does the work.
   *
   * @param argument the positional argument; empty where the command has none
   * @returns the result, which `--json` prints
   */
  run(settings: SettingsOf<Table>, context: CommandContext, argument: string): Promise<unknown>;
}

/** Declares a command, so that its settings have the types of its options. */
export const defineCommand = <Table extends OptionTable>(command: Command<Table>): Command<Table> => command;
