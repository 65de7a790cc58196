// Runs a bundle for browsers in Node, which plays the worker of a page that is isolated from other origins: no Node to be
// seen, shared memory, and nothing that could be fetched. Arguments: the bundle, and a model's folder.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [bundle, model] = process.argv.slice(2).map((path) => resolve(path));
const names = readdirSync(model).filter((name) => /\.(json|safetensors)$/.test(name));
const files = new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(model, name)))]));

Object.defineProperty(process.versions, "node", { value: undefined });
globalThis.WorkerGlobalScope = class WorkerGlobalScope {};
globalThis.self = globalThis;
globalThis.location = { href: "http://page.invalid/" };
globalThis.fetch = (url) => Promise.reject(new Error(`the bundle asks for ${url}`));
const { tune } = await import(pathToFileURL(bundle).href);
console.log(await tune(files));
