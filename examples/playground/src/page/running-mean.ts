/** The mean of each value and those just before it. */
export function runningMean(values: readonly number[], window: number): number[] {
  return values.map((_, index) => {
    const part = values.slice(Math.max(0, index + 1 - window), index + 1);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
