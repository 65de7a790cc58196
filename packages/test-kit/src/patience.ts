/** Milliseconds that a test of a suite may take: slow backends and busy machines need more than vitest's five seconds. */
export const patience = 60_000;
