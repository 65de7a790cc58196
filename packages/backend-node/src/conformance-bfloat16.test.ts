import { testBackend } from "@dylora/test-kit";
import { nodeBackend } from "./index.ts";

// In a file, and so a process, of its own: libtensorflow reads the precision once. Cases with scores in the tens: rounding
// queries and keys to 8 bits changes a score s by up to s / 256, and the probabilities behind it by as much.
testBackend("node, bfloat16", () => nodeBackend({ precision: "bfloat16" }), { tolerance: 0.09 });
