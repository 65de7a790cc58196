import { testBackend } from "@dylora/test-kit";
import { webgpuBackend } from "./index.ts";

testBackend("webgpu", webgpuBackend);
