import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/glue/index.ts", "src/nlg/index.ts", "src/node/index.ts"],
  format: "esm",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  unbundle: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
