import { ConfigError, ReaderGoneError } from "@dylora/errors";
import { inOurNames, readSettings } from "@dylora/finetune/settings";
import type { Command } from "./command.ts";
import { commands } from "./commands/index.ts";
import type { CliEnvironment, CommandContext } from "./context.ts";
import { exitCodes, type Failure, failureOf, interruptionOf } from "./failure.ts";
import { readConfigFile } from "./options/config-file.ts";
import { inFlags } from "./options/option.ts";
import { everyCommandOptions } from "./options/shared-options.ts";
import { programWords } from "./printed-command.ts";
import { type Invocation, parseCommandLine } from "./program.ts";
import { type ProgressOutput, progressDisplay, startProgress } from "./terminal/progress.ts";
import { safeText } from "./terminal/safe-text.ts";
import { ownVersion } from "./version.ts";

/** Settings of all commands: a text may name one that another command has. */
const settingNames: ReadonlySet<string> = new Set(
  [everyCommandOptions, ...commands.map(({ options }) => options)].flatMap(Object.keys),
);

const asFlags = (text: string): string => inFlags(text, settingNames);

function contextFor(
  environment: CliEnvironment,
  args: readonly string[],
  json: boolean,
): Omit<CommandContext, "given"> {
  const { stdin, stdout, stderr, signal, availableMemory } = environment;
  const output: ProgressOutput = {
    write: (text) => void stderr.write(text),
    redraw: stderr.isTTY === true,
    columns: stderr.columns || 80,
    now: () => performance.now(),
  };
  const color = stdout.isTTY === true && !process.env["NO_COLOR"];
  const command = [...programWords(), ...args];
  const display = progressDisplay((task) => startProgress(task, output));
  const note = (line: string) => display.aside(() => void stderr.write(`${safeText(asFlags(line))}\n`));
  // In a file or pipe data are what they are. Escapes leave JSON the same.
  const write = (text: string) => void stdout.write(stdout.isTTY === true ? safeText(text) : text);
  return {
    command,
    json,
    signal,
    work: {
      signal,
      command,
      versions: { dylora: ownVersion },
      availableMemory,
      stdin,
      log: note,
      onProgress: display.onProgress,
      // Standard output holds the result alone.
      ...(json ? {} : { write }),
    },
    terminal: { width: stdout.columns || 100, color },
    say: (line) => void (json || stdout.write(`${safeText(line, color)}\n`)),
    note,
    inFlags: asFlags,
  };
}

/** Settings of a command from its flags and config file. The file is an option of its own, not a setting. */
async function runCommand(
  { command, argument, flags: typed, others }: Invocation,
  context: Omit<CommandContext, "given">,
): Promise<unknown> {
  const table = { ...command.options, ...everyCommandOptions };
  const foreign = inOurNames({ values: others }, table);
  const twice = Object.entries(foreign.values).find(
    ([name, value]) => Object.hasOwn(typed, name) && typed[name] !== value,
  )?.[0];
  if (twice !== undefined) {
    throw new ConfigError("bad_option", `'${twice}' is given twice, once by a flag of another tool; give one of them`);
  }
  const flags = { ...typed, ...foreign.values };
  const { config } = readSettings(table, [{ values: flags }]);
  const file = config === undefined ? undefined : inOurNames(await readConfigFile(String(config)), table);
  const sayIgnored = (where: string, names: readonly string[] = []): void => {
    if (names.length === 0) return;
    context.note(`${where}: left out, because dylora does so anyway or it changes nothing here: ${names.join(", ")}`);
  };
  sayIgnored("flags", foreign.ignored);
  sayIgnored(String(config), file?.ignored);
  const sources = [{ values: flags }, ...(file === undefined ? [] : [file])];
  const given = new Set(sources.flatMap(({ values }) => Object.keys(values)));
  return command.run(readSettings(table, sources), { ...context, given }, argument);
}

/**
 * Runs the `dylora` command.
 *
 * @param args what stands after `dylora`
 * @returns the exit code: 0 done, 1 failed, 2 bad input (refused before any work), 130 interrupted (143 by
 * SIGTERM, 129 by SIGHUP). Never throws for
 * what a person can cause
 *
 * @example
 * ```js
 * import process from "node:process";
 * import { main } from "dylora/cli";
 *
 * const { stdin, stdout, stderr } = process;
 * const exitCode = await main(["--version"], { stdin, stdout, stderr, signal: new AbortController().signal });
 * console.log(exitCode); // 0
 * ```
 */
export async function main(args: readonly string[], environment: CliEnvironment): Promise<number> {
  const { stdout, stderr } = environment;
  const complain = (message: string) => void stderr.write(`dylora: ${safeText(message)}\n`);
  const invocation = parseCommandLine(args, commands as readonly Command[], ownVersion, {
    out: (text) => void stdout.write(text),
    error: complain,
    width: stdout.columns || 80,
  });
  if ("exitCode" in invocation) return invocation.exitCode;
  const json = invocation.flags["json"] === true;
  const print = (result: unknown) => {
    const text = JSON.stringify(result);
    stdout.write(`${stdout.isTTY === true ? safeText(text) : text}\n`);
  };
  const report = ({ code, message }: Failure, error: unknown): void => {
    complain(message);
    if (invocation.flags["debug"] === true && error instanceof Error)
      stderr.write(`${safeText(asFlags(String(error.stack)))}\n`);
    if (json) print({ error: { code, message } });
  };
  try {
    const result = await runCommand(invocation, contextFor(environment, args, json));
    if (json) print(result);
    return exitCodes.done;
  } catch (error) {
    const { aborted, reason } = environment.signal;
    if (error instanceof ReaderGoneError || (aborted && reason instanceof ReaderGoneError)) return exitCodes.done;
    const failure = (aborted ? interruptionOf(reason, error) : undefined) ?? failureOf(error);
    report({ ...failure, message: asFlags(failure.message) }, error);
    return failure.exitCode;
  }
}
