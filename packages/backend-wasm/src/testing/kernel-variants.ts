import { setFlagsFromString } from "node:v8";
import { type KernelVariant, kernelVariant } from "../kernel-module.ts";

// Node 20 has relaxed SIMD behind a flag; newer versions have it, and no longer know the flag.
if (kernelVariant() === "simd") setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Every compiled module this engine runs. */
export const kernelVariants: readonly KernelVariant[] =
  kernelVariant() === "relaxed-simd" ? ["simd", "relaxed-simd"] : ["simd"];
