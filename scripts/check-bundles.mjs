// What a bundler makes of the built packages, for a browser:
// - no Node built-in reaches the bundle of an entry that is meant for browsers;
// - importing an entry and using nothing of it leaves nothing of ours (package.json says "sideEffects": false);
// - that is true: importing an entry changes no global and adds no listener to the process.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { publicPackages } from "./packages.mjs";
import { root } from "./run.mjs";

/** Whether a package needs Node as a whole: it is built for it. */
const needsNode = (folder) => /platform: "node"/.test(readFileSync(join(folder, "tsdown.config.ts"), "utf8"));
/** Entries that need Node, of packages that have others for browsers. */
const nodeEntries = ["@dylora/finetune", "@dylora/finetune/settings", "dylora/cli"];

const packages = publicPackages.filter(({ folder }) => !needsNode(folder));
const entries = packages.flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([name, target]) => typeof target === "object" && name !== "./node")
    .map(([name, target]) => ({
      name: `${manifest.name}${name.slice(1)}`,
      file: join(folder, (target.browser ?? target).default),
    })),
);

const problems = [];

/** Bundles `code` as a browser's bundler would; undefined, with the problem noted, where it cannot. */
async function bundle(name, code) {
  const options = { bundle: true, minify: true, format: "esm", platform: "browser", metafile: true, write: false };
  try {
    return await build({
      ...options,
      stdin: { contents: code, resolveDir: root },
      outdir: "out",
      splitting: true,
      logLevel: "silent",
    });
  } catch ({ errors }) {
    for (const { text, location } of errors) problems.push(`${name}: ${text} (${location?.file})`);
    return undefined;
  }
}

const isBuiltin = (name) => name.startsWith("node:") || builtinModules.includes(name);

for (const { name, file } of entries.filter((entry) => !nodeEntries.includes(entry.name))) {
  const path = JSON.stringify(file);
  const whole = await bundle(name, `export * from ${path}`);
  if (whole === undefined) continue;
  for (const output of Object.values(whole.metafile.outputs)) {
    for (const { path: imported, external } of output.imports) {
      if (external && isBuiltin(imported)) problems.push(`${name}: ${imported} of Node is left in the bundle`);
    }
  }
  const unused = await bundle(name, `import ${path}`);
  // Chunks of dynamic imports are written even where nothing asks for them; only the entry counts.
  const left = unused?.outputFiles.find(({ path }) => path.endsWith("stdin.js"))?.text.trim() ?? "";
  if (left !== "")
    problems.push(`${name}: importing it leaves ${left.length} characters in a bundle that uses nothing`);
}
for (const { manifest } of packages) {
  if (manifest.sideEffects !== false) problems.push(`${manifest.name}: package.json must say "sideEffects": false`);
}

/** Run in a process of its own: prints what importing a module changed, but for what tfjs and zod keep for themselves. */
const watch = `
const theirs = ["_tfGlobals", "_tfengine", "__zod_globalConfig", "__zod_globalRegistry"];
const descriptor = (name) => Object.getOwnPropertyDescriptor(globalThis, name);
const before = new Map(Object.getOwnPropertyNames(globalThis).map((name) => [name, descriptor(name)]));
const listeners = () => process.eventNames().map((name) => String(name) + " x" + process.listenerCount(name)).sort().join();
const listened = listeners();
await import(process.argv[1]);
// Node's own getters become values when they are read first; that is no change.
const changed = Object.getOwnPropertyNames(globalThis).filter((name) => {
  const was = before.get(name);
  if (was === undefined) return !theirs.includes(name);
  return was.get === undefined && !Object.is(was.value, descriptor(name).value);
});
if (listeners() !== listened) changed.push("listeners of process: " + listeners());
console.log(JSON.stringify(changed));
`;
for (const { name, file } of entries) {
  const args = ["--input-type=module", "--eval", watch, pathToFileURL(file).href];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status !== 0) problems.push(`${name}: importing it failed: ${stderr.slice(-300)}`);
  else for (const change of JSON.parse(stdout)) problems.push(`${name}: importing it changes ${change}`);
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(
  `${entries.length - nodeEntries.length} entries bundle for a browser without Node, and do nothing when they are imported`,
);
