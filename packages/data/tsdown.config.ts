import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/node/index.ts"],
  format: "esm",
  platform: "neutral",
  deps: { neverBundle: [/^node:/] },
  dts: true,
  sourcemap: true,
  unbundle: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
