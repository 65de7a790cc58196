import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  platform: "node",
  dts: true,
  sourcemap: true,
  unbundle: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
