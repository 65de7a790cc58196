const events = ["uncaughtException", "unhandledRejection"] as const;

/** Undefined in a browser. */
function nodeProcess(): NodeJS.Process | undefined {
  const { process } = globalThis as { process?: NodeJS.Process };
  return typeof process?.rawListeners === "function" ? process : undefined;
}

/** Emscripten's two listeners throw every error of the program again, from a place that says nothing. */
function isEmscripten(listener: unknown): boolean {
  const source = String(listener);
  return source.includes("ExitStatus") || /^function\s*\(reason\)\s*\{\s*throw reason;?\s*\}$/.test(source);
}

/** Takes away the listeners for uncaught errors that tfjs's module has put on Node's process. */
export function removeModuleListeners(): void {
  const process = nodeProcess();
  for (const event of events) {
    for (const listener of process?.rawListeners(event) ?? []) {
      if (isEmscripten(listener)) process?.removeListener(event, listener as () => void);
    }
  }
}

/** Runs the end of tfjs's module, which takes away everyone's listeners for uncaught errors, and puts them back. */
export function keepingProcessListeners(end: () => void): void {
  const process = nodeProcess();
  const before = events.map((event) => ({ event, listeners: process?.rawListeners(event) ?? [] }));
  end();
  for (const { event, listeners } of before) {
    const left = new Set(process?.rawListeners(event));
    for (const listener of listeners) if (!left.has(listener)) process?.on(event, listener as () => void);
  }
}
