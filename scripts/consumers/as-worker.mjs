// Runs a bundle for browsers in Node, which plays the worker of a page that is not isolated from other origins: no Node to
// be seen, no shared memory, files by HTTP. Arguments: the bundle, tfjs's folder of .wasm files, a model's folder.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [bundle, wasm, model] = process.argv.slice(2).map((path) => resolve(path));
const names = readdirSync(model).filter((name) => /\.(json|safetensors)$/.test(name));
const files = new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(model, name)))]));
const server = createServer(({ url }, response) => {
  response
    .setHeader("content-type", "application/wasm")
    .end(readFileSync(join(wasm, new URL(url, "http://page").pathname)));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://127.0.0.1:${server.address().port}/`;
await (await fetch(`${base}${readdirSync(wasm).find((name) => name.endsWith(".wasm"))}`)).arrayBuffer(); // fetch loads itself as Node's

Object.defineProperty(process.versions, "node", { value: undefined });
delete globalThis.SharedArrayBuffer;
globalThis.WorkerGlobalScope = class WorkerGlobalScope {};
globalThis.self = globalThis;
globalThis.location = { href: base };
const { tune } = await import(pathToFileURL(bundle).href);
console.log(await tune(files, base));
server.close();
