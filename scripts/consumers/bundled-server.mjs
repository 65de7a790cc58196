// A server's program that a bundler takes in whole: the functions for memory, on a model's files. Argument: its folder.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "@dylora/errors";
import { tune } from "./main.js";

const listeners = () => ["uncaughtException", "unhandledRejection"].map((event) => process.listenerCount(event));

export async function answer(folder) {
  const names = readdirSync(folder).filter((name) => /\.(json|safetensors)$/.test(name));
  const before = listeners();
  const said = await tune(new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))])));
  if (listeners().join() !== before.join()) throw new Error(`listeners of the process: ${before}, now ${listeners()}`);
  return `${said} (${new FormatError("code", "message").name})`;
}
