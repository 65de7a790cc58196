// The source of dist/tfjs-core.d.ts alone: see docs/install.md. Nothing imports it.
export * from "@tensorflow/tfjs-core";
