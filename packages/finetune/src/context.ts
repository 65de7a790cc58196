import type { ModelDescriptor } from "@dylora/lora-core";

/** How far a piece of work is. */
export interface WorkProgress {
  /** What is being done, in a few words: `train`, `sweep`, `download gpt2`. */
  readonly task: string;
  /** How much is done. */
  readonly done: number;
  /** How much there is. */
  readonly total: number;
  /** How much was done before, by an earlier process. */
  readonly start: number;
  /** What is counted, in the plural: `steps`, `batches`, `texts`, `MB`. */
  readonly unit: string;
  /** What else there is to show: a loss, a rank, a file. */
  readonly detail?: string;
  /** True once the piece of work is over, finished or not. */
  readonly ended: boolean;
}

/** What every piece of work takes besides its settings. All of it may be left out; nothing is printed. */
export interface WorkOptions {
  /** Stops the work. What can be saved is saved first, and the signal's reason or an `InterruptedError` is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the work is. */
  readonly onProgress?: ((progress: WorkProgress) => void) | undefined;
  /** Told, a line each, what was assumed, left out or looks odd. */
  readonly log?: ((line: string) => void) | undefined;
  /** Bytes of memory at hand. Default: what the system says. */
  readonly availableMemory?: (() => number) | undefined;
  /** Families of models that are none of ours. Default: none. */
  readonly models?: readonly ModelDescriptor[] | undefined;
  /** The command that is recorded as the origin of files, argument by argument. Default: none. */
  readonly command?: readonly string[] | undefined;
  /** Versions that files record besides those of the packages, for instance that of a program. Default: none. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
}

/** A piece of work whose progress is told. */
export interface ProgressTask {
  /** What is being done. */
  readonly title: string;
  /** How much there is. */
  readonly total: number;
  /** How much was done before. Default 0. */
  readonly start?: number;
  /** What is counted, in the plural. */
  readonly unit: string;
}

/** Tells how far a piece of work is. */
export interface ProgressTeller {
  /** Tells how much is done, and what else there is to show. */
  update(done: number, detail?: string): void;
  /** Tells that it is over. */
  end(): void;
}

/** {@link WorkOptions} with every member in place, as the work itself uses them. */
export interface WorkContext {
  /** Stops the work. */
  readonly signal: AbortSignal;
  /** Families of models that are none of ours. */
  readonly models: readonly ModelDescriptor[];
  /** The command that files record. */
  readonly command: readonly string[];
  /** Versions that files record besides those of the packages. */
  readonly versions: Readonly<Record<string, string>>;
  /** Bytes of memory at hand, where not what the system says. */
  readonly availableMemory: (() => number) | undefined;
  /** Says what was assumed, left out or looks odd. */
  note(line: string): void;
  /** Begins to tell how far a piece of work is. */
  progress(task: ProgressTask): ProgressTeller;
}

/**
 * Fills in what was left out.
 *
 * @experimental
 */
export function contextOf({
  signal,
  onProgress,
  log,
  availableMemory,
  models = [],
  command = [],
  versions = {},
}: WorkOptions): WorkContext {
  return {
    signal: signal ?? new AbortController().signal,
    models,
    command,
    versions,
    availableMemory,
    note: (line) => log?.(line),
    progress({ title, total, start = 0, unit }) {
      let [done, detail] = [start, undefined as string | undefined];
      const tell = (ended: boolean) =>
        onProgress?.({ task: title, done, total, start, unit, ended, ...(detail === undefined ? {} : { detail }) });
      tell(false);
      return {
        update(count, more) {
          [done, detail] = [count, more];
          tell(false);
        },
        end: () => tell(true),
      };
    },
  };
}

/** {@link WorkOptions} of work that may read standard input and write standard output. */
export interface FileOptions extends WorkOptions {
  /** Where the path `-` reads from. Default: nothing can be read from there. */
  readonly stdin?: NodeJS.ReadableStream | undefined;
  /** Where the path `-` writes to. Default: nothing can be written there. */
  readonly write?: ((text: string) => void) | undefined;
}

/** {@link FileOptions} with every member in place. */
export interface FileContext extends WorkContext {
  /** Where `-` reads from. */
  readonly stdin: NodeJS.ReadableStream | undefined;
  /** Where `-` writes to. */
  readonly write: ((text: string) => void) | undefined;
}

/** Fills in what was left out. */
export const fileContextOf = (options: FileOptions): FileContext => ({
  ...contextOf(options),
  stdin: options.stdin,
  write: options.write,
});
