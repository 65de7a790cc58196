// npm test: install, build, then every package's tests. Arguments go to vitest.
import { installAndBuild, pnpm, stage } from "./run.mjs";

await installAndBuild();
const done = stage("test");
pnpm("exec", "vitest", "run", ...process.argv.slice(2));
done();
