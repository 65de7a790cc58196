// pnpm bench NAME [arguments]: runs bench/NAME.mjs on the built packages; pnpm bench NAME --help says what that is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
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
const file = `${here}${name}.mjs`;
if (process.argv.some((word) => word === "--help" || word === "-h")) {
  // What stands above the first line of code.
  const lines = readFileSync(file, "utf8").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  for (const line of lines.slice(0, end)) console.log(line.replace(/^\/\/ ?/, ""));
  process.exit(0);
}
if (!existsSync(`${here}../packages/tensor/dist/index.js`)) {
  console.error("the packages are not built; run: pnpm build");
  process.exit(2);
}
process.argv.splice(1, 2, file);
try {
  await import(pathToFileURL(file).href);
} catch (error) {
  if (!String(error?.code).startsWith("ERR_PARSE_ARGS")) throw error;
  console.error(`${error.message}\npnpm bench ${name} --help says what it takes`);
  process.exit(2);
}
