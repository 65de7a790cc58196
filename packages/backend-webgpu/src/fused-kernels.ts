import type { FusedKernels } from "@dylora/tensor";

/** The fused ops that this engine computes with kernels of its own. */
export const gpuKernels: Partial<FusedKernels> = {};
