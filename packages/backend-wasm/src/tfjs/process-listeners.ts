const events = ["uncaughtException", "unhandledRejection"] as const;

type Listener = (...args: unknown[]) => void;

/** Undefined in a browser. */
function nodeProcess(): NodeJS.Process | undefined {
  const { process } = globalThis as { process?: NodeJS.Process };
  return typeof process?.rawListeners === "function" ? process : undefined;
}

const listenersOf = (process: NodeJS.Process | undefined) =>
  events.map((event) => ({ event, listeners: (process?.rawListeners(event) ?? []) as Listener[] }));

/** A function that does nothing but throw what it is given, also as a minifier writes it. */
const RETHROWS =
  /^(?:function\s*)?\(?([\w$]+)\)?\s*(?:=>)?\s*\{\s*(?:if\s*\(!\(\1 instanceof [\w$.]+\)\)\s*\{?\s*)?throw \1;?\s*\}?\s*\}$/;

/**
 * Starts tfjs's module without the two listeners for uncaught errors that Emscripten puts on Node's process: they throw
 * every error of the program again, from a place that says nothing. Listeners that were there before are left alone.
 */
export async function withoutModuleListeners<T>(start: () => Promise<T>): Promise<T> {
  const process = nodeProcess();
  const before = listenersOf(process);
  try {
    return await start();
  } finally {
    for (const { event, listeners } of before) {
      const known = new Set(listeners);
      for (const listener of (process?.rawListeners(event) ?? []) as Listener[]) {
        if (!known.has(listener) && RETHROWS.test(String(listener))) process?.removeListener(event, listener);
      }
    }
  }
}

/** Runs the end of tfjs's module, which takes away everyone's listeners for uncaught errors, and puts them back. */
export function keepingProcessListeners(end: () => void): void {
  const process = nodeProcess();
  const before = listenersOf(process);
  end();
  for (const { event, listeners } of before) {
    const left = new Set(process?.rawListeners(event) as Listener[] | undefined);
    for (const listener of listeners) if (!left.has(listener)) process?.on(event, listener);
  }
}
