import { defineConfig } from "vitest/config";

// Tests run from the sources: the private "@dylora/source" export condition points at src/, so no build is needed.
export default defineConfig({
  resolve: { conditions: ["@dylora/source"] },
  ssr: { resolve: { conditions: ["@dylora/source"], externalConditions: ["@dylora/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts", "examples/*/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
