import { defineConfig } from "tsdown";

const shared = {
  format: "esm",
  platform: "neutral",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
} as const;

/** Names that tfjs-core's declarations take from browsers, and from packages whose own declarations clash with TypeScript's. */
const foreign = [
  ...["GPUBuffer", "HTMLCanvasElement", "HTMLImageElement", "HTMLSourceElement", "HTMLVideoElement", "ImageBitmap"],
  ...["ImageData", "Long", "Navigator", "OffscreenCanvas", "WebGLContextAttributes", "WebGLTexture"],
];

export default defineConfig([
  { ...shared, entry: ["src/index.ts"], dts: true, sourcemap: true, unbundle: true },
  {
    // tfjs-core's declarations in one file that compiles by itself, for programs that check the declarations of libraries.
    ...shared,
    entry: { "tfjs-core": "src/tfjs-core-types.ts" },
    clean: false,
    dts: { emitDtsOnly: true },
    deps: { alwaysBundle: [/^@tensorflow\/tfjs-core/], onlyBundle: false },
    plugins: [
      {
        name: "stand-alone",
        renderChunk: (code: string) =>
          `${foreign.map((name) => `type ${name} = object;`).join("\n")}\n${code.replace(/^\/\/\/ <reference types.*\n/gm, "")}`,
      },
    ],
  },
]);
