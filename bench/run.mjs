// pnpm bench NAME [arguments]: runs bench/NAME.mjs on the built packages.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [name] = process.argv.slice(2);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".mjs") && file !== "run.mjs")
  .map((file) => file.slice(0, -".mjs".length));
if (name === undefined || !names.includes(name)) {
  console.error(`usage: pnpm bench ${names.join(" | ")} [arguments]`);
  process.exit(2);
}
if (!existsSync(`${here}../packages/tensor/dist/index.js`)) {
  console.error("the packages are not built; run: pnpm build");
  process.exit(2);
}
process.argv.splice(1, 2, `${here}${name}.mjs`);
await import(pathToFileURL(`${here}${name}.mjs`).href);
