import { Command as Program, Option as ProgramOption } from "commander";
import type { Command } from "./command.ts";
import { headingOf } from "./options/headings.ts";
import { flagOf, type OptionTable } from "./options/option.ts";
import { inOwnFlags, type OwnFlags, otherFlagsOf } from "./options/own-flags.ts";
import { everyCommandOptions } from "./options/shared-options.ts";

/** What was typed: which command, with what. */
export interface Invocation {
  /** The command. */
  readonly command: Command;
  /** Positional argument; empty where the command has none. */
  readonly argument: string;
  /** Flags by setting name, unchecked. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Flags of other tools that are no setting of the command under another name, such as `do_train`. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** How the parser reports to the person. */
export interface ProgramOutput {
  /** Help and version. */
  out(text: string): void;
  /** A line about wrong usage. */
  error(line: string): void;
  /** Columns that help may take. */
  readonly width: number;
}

function addOptions(program: Program, table: OptionTable, hasHeadings: boolean): void {
  for (const [name, { placeholder, description, fallback }] of Object.entries(table)) {
    const shown = placeholder === undefined || fallback === undefined ? "" : ` (default: ${fallback})`;
    const flags = placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${placeholder}`;
    const others = otherFlagsOf(name, new Set(Object.keys(table)));
    const also = others.length === 0 ? "" : ` (also ${others.join(", ")})`;
    const added = new ProgramOption(flags, description + shown + also);
    const heading = hasHeadings ? headingOf(name) : undefined;
    if (heading !== undefined) added.helpGroup(heading);
    // --no-repeat-ngram-size is a name like any other.
    added.negate = false;
    program.addOption(added);
  }
}

function examplesText({ examples }: Pick<Command, "examples">): string {
  const lines = examples.map(({ command, effect }) => `  # ${effect}\n  ${command}`);
  return `\nExamples:\n${lines.join("\n\n")}\n`;
}

/**
 * Parses a command line.
 *
 * @param args what stands after `dylora`
 * @returns what to run, or the exit code where there is nothing more to do (help, version, wrong usage)
 */
export function parseCommandLine(
  args: readonly string[],
  commands: readonly Command[],
  version: string,
  output: ProgramOutput,
): Invocation | { readonly exitCode: number } {
  let invocation: Invocation | undefined;
  let typed: OwnFlags = { args, others: {} };
  const configure = (program: Program): Program =>
    program
      .exitOverride()
      .showHelpAfterError(false)
      .configureOutput({
        writeOut: (text) => output.out(text),
        writeErr: (text) => output.out(text),
        getOutHelpWidth: () => output.width,
        getErrHelpWidth: () => output.width,
        outputError: (text) =>
          output.error(
            text
              .replace(/^error: /, "")
              .trim()
              .replaceAll(/\s*\n\s*/g, " "),
          ),
      });
  const program = configure(new Program("dylora"))
    .description("Train a DyLoRA adapter once and get every rank: read the table, choose, export.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", "\nEvery command has --help with examples, --json and --config.\n");
  for (const command of commands) {
    const sub = configure(program.command(command.name)).summary(command.summary);
    sub.description(command.details === undefined ? command.summary : `${command.summary}\n\n${command.details}`);
    if (command.argument !== undefined) sub.argument(`<${command.argument.name}>`, command.argument.description);
    // Headings are those of training; the other lists are short.
    addOptions(sub, command.options, "lr" in command.options && Object.keys(command.options).length > 20);
    addOptions(sub, everyCommandOptions, false);
    sub.addHelpText("after", examplesText(command));
    sub.action((...given) => {
      const argument = command.argument === undefined ? "" : String(given[0]);
      invocation = { command, argument, flags: sub.opts(), others: typed.others };
    });
  }
  const [first, ...rest] = args;
  const named = commands.find(({ name }) => name === first);
  if (named !== undefined) typed = inOwnFlags(rest, { ...named.options, ...everyCommandOptions });
  const own = named === undefined ? args : [first as string, ...typed.args];
  try {
    program.parse([...own], { from: "user" });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (code === undefined || exitCode === undefined) throw error;
    return { exitCode: exitCode === 0 ? 0 : 2 };
  }
  return invocation ?? { exitCode: 2 };
}
