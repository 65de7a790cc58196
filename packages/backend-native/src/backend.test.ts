import { testBackend } from "@dylora/test-kit";
import { nativeBackend } from "./index.ts";

testBackend("native, float32", () => nativeBackend({ precision: "float32" }));
// Cases with scores in the tens: rounding queries and keys to 8 bits changes a score s by up to s / 256, and the
// probabilities behind it by as much. depth.test.ts holds the backend to what it claims at the sizes of real models.
testBackend("native, bfloat16", () => nativeBackend({ precision: "bfloat16" }), { tolerance: 0.09 });
testBackend("native, one thread", () => nativeBackend({ threads: 1 }));
