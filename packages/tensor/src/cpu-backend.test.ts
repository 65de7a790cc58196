import { cpuBackend, testBackend } from "@dylora/test-kit";

testBackend("cpu", cpuBackend);
