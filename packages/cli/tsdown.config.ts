import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/browser.ts", "src/cli.ts", "src/bin.ts"],
  format: "esm",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  unbundle: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
