import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/memory/index.ts", "src/settings/index.ts"],
  format: "esm",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  unbundle: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
