/**
 * Lets the event loop take a turn. Backends that compute at once never wait, so without this a signal or a message to a
 * worker would not arrive before the whole run is through.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
