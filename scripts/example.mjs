// `npm run example NAME [-- options]`: installs, builds, and runs an example of examples/.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installAndBuild, pnpm, root } from "./run.mjs";

const manifest = (name) => join(root, "examples", name, "package.json");
const startable = (name) => existsSync(manifest(name)) && "start" in JSON.parse(readFileSync(manifest(name))).scripts;

const [name, ...options] = process.argv.slice(2);
const names = readdirSync(join(root, "examples")).filter(startable);
if (!names.includes(name)) {
  console.error(`${name === undefined ? "name an example" : `there is no example "${name}"`}: ${names.join(", ")}`);
  process.exit(2);
}
await installAndBuild();
pnpm("--dir", join("examples", name), "run", "start", ...options);
