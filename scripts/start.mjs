// npm start: install, build, then the main job on the sample in examples/quickstart. Arguments go to the job.
import { join } from "node:path";
import { installAndBuild, root, run } from "./run.mjs";

await installAndBuild();
const cli = join(root, "packages", "cli", "dist", "bin.js");
run(process.execPath, [cli, "quickstart", ...process.argv.slice(2)]);
