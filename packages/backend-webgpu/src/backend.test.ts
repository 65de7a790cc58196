import { testBackend } from "@dylora/test-kit";
import { onGpuKernels } from "./fixtures/on-gpu.ts";
import { webgpuBackend } from "./index.ts";

testBackend("webgpu", webgpuBackend);
// A software device would leave some of a GPU's kernels untested.
testBackend("webgpu, kernels of a GPU", onGpuKernels);
