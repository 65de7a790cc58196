/**
 * Lets other work of the event loop run now and then: a backend that computes at once never waits, so timers, signals
 * and a browser's page would not get a turn before the end.
 *
 * @param every milliseconds between turns; default 50
 * @returns call it between steps
 */
export function createPause(every = 50): () => Promise<void> {
  let last = performance.now();
  // In Node a timer takes at least a millisecond, which is a part of a token.
  const turn = typeof setImmediate === "function" ? setImmediate : (run: () => void) => setTimeout(run, 0);
  return async () => {
    if (performance.now() - last < every) return;
    await new Promise<void>((resolve) => turn(resolve));
    last = performance.now();
  };
}
