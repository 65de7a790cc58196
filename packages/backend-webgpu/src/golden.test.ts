import { testGolden } from "@dylora/golden-suite";
import { webgpuBackend } from "./index.ts";

testGolden("webgpu", webgpuBackend);
