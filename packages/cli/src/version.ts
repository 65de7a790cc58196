import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const path = createRequire(import.meta.url).resolve("../package.json");

/** Version of the command. */
export const ownVersion: string = (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
