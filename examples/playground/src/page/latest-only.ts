/** Runs a task one call at a time; of the calls that come meanwhile only the last is run, with what it was given. */
export function latestOnly<Arguments extends unknown[]>(
  task: (...given: Arguments) => Promise<void>,
): (...given: Arguments) => Promise<void> {
  let waiting: Arguments | undefined;
  let running: Promise<void> | undefined;
  async function run(): Promise<void> {
    while (waiting !== undefined) {
      const given = waiting;
      waiting = undefined;
      await task(...given);
    }
  }
  return (...given) => {
    waiting = given;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
