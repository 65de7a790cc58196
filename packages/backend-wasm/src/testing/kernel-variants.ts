import { setFlagsFromString } from "node:v8";
import { type KernelVariant, kernelVariant } from "../kernel-module.ts";

// Node 20 has relaxed SIMD behind a flag; newer versions have it, and may no longer know the flag.
try {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
} catch {
  // then there is nothing to switch on
}

/** Every compiled module this engine runs. */
export const kernelVariants: readonly KernelVariant[] =
  kernelVariant() === "relaxed-simd" ? ["simd", "relaxed-simd"] : ["simd"];
