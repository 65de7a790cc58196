import { testGolden } from "@dylora/golden-suite";
import { onGpuKernels } from "./fixtures/on-gpu.ts";
import { webgpuBackend } from "./index.ts";

testGolden("webgpu", webgpuBackend);
testGolden("webgpu, kernels of a GPU", onGpuKernels);
