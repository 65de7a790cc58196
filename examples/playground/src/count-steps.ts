/** A number of steps, for people. */
export const countSteps = (steps: number): string => `${steps} ${steps === 1 ? "step" : "steps"}`;
