import { testGolden } from "@dylora/golden-suite";
import { nativeBackend } from "./index.ts";

testGolden("native", nativeBackend);
