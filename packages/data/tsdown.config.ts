import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/node/index.ts"],
  format: "esm",
  platform: "neutral",
  deps: { neverBundle: [/^node:/] },
  dts: true,
  sourcemap: true,
  unbundle: true,
  // A program of its own, started from where it lies.
  copy: [{ from: "src/node/parquet-process.js", to: "dist/node" }],
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
