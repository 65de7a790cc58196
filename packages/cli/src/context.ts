import type { Readable, Writable } from "node:stream";
import type { FileOptions } from "@dylora/finetune";
import type { TerminalOptions } from "@dylora/report";

/** What of the process a run of the command touches; tests pass their own. */
export interface CliEnvironment {
  /** Where `-` reads from. */
  readonly stdin: Readable;
  /** Results. On a terminal (`isTTY`) they are coloured. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Progress, notes and errors. On a terminal (`isTTY`) a progress bar is drawn. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  /** Bytes of memory at hand. Default: what the system says. */
  readonly availableMemory?: () => number;
}

/** What a command is given besides its settings. */
export interface CommandContext {
  /** The arguments of the whole command, the program first, for records. */
  readonly command: readonly string[];
  /** True under `--json`: standard output holds the result and nothing else. */
  readonly json: boolean;
  /** Names of the settings that a flag or the config file gave. */
  readonly given: ReadonlySet<string>;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  /** What library functions are given: signal, progress, notes, standard input and output. */
  readonly work: FileOptions;
  /** What standard output can show. */
  readonly terminal: TerminalOptions;
  /** Writes a line of the result for people; nothing under `--json`. */
  say(line: string): void;
  /** Writes a line about what is going on to standard error. */
  note(line: string): void;
  /** A text of the library, which names settings as `'loraDropout'`, with the flags of the command in their place. */
  inFlags(text: string): string;
}
