/** CPU seconds that this process has taken since {@link startCpuClock}, of all its threads; undefined in a browser. */
export type CpuClock = () => number | undefined;

/** Begins to measure CPU time, which other programs on the machine change little. */
export function startCpuClock(): CpuClock {
  const usage = globalThis.process?.cpuUsage;
  if (usage === undefined) return () => undefined;
  const before = usage();
  return () => {
    const { user, system } = usage(before);
    return (user + system) / 1e6;
  };
}
