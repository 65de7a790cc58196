import { testGolden } from "@dylora/golden-suite";
import { nodeBackend } from "./index.ts";

testGolden("node", nodeBackend);
