import { testBackend } from "@dylora/test-kit";
import { nodeGpuBackend } from "./index.ts";

testBackend("node-gpu", nodeGpuBackend);
