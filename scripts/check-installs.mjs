// What a stranger gets: packs every package, then in empty projects outside of the workspace installs a few of them from
// the tarballs, compiles a small program under both module resolutions of today, and runs it on every supported Node.
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { footprint, output, withTarballs } from "./empty-project.mjs";
import { nodeVersions } from "./node-versions.mjs";
import { packageOf } from "./packages.mjs";
import { root } from "./run.mjs";
import { useBundlers } from "./use-bundlers.mjs";
import { useTypes } from "./use-types.mjs";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const compiler = { target: "es2023", strict: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true };
const resolutions = {
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler", noEmit: true },
};
const sample = join(root, "examples", "quickstart");

/** Compiles a file of a project as users of Node and of bundlers do; leaves main.js of main.ts. */
async function compile(folder, skipLibCheck, more = {}, file = "main.ts") {
  for (const [name, own] of Object.entries(resolutions)) {
    const config = join(folder, `tsconfig.${name}.json`);
    const compilerOptions = { ...compiler, ...own, lib: ["es2023", "dom"], types: [], skipLibCheck, ...more };
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
    await output(process.execPath, [tsc, "-p", config]);
  }
}

/** A project with some packages in it and a program; runs the program on every Node. */
async function use(
  title,
  { install, program, workshop, nodes, prepare, prints = /./, without = [], skipLibCheck = true },
) {
  const started = performance.now();
  const { env, project } = workshop;
  const folder = project(title);
  await output("npm", ["install", ...install], { cwd: folder, env });
  const { packages } = footprint(folder);
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  assert.ok(!JSON.stringify(lock).includes('"link":'), `${title} is linked to the workspace`);
  for (const scope of without) {
    assert.deepEqual(
      packages.filter((name) => name.startsWith(scope)),
      [],
      `${title} brings ${scope}`,
    );
  }
  prepare?.(folder);
  writeFileSync(join(folder, "main.ts"), program);
  await compile(folder, skipLibCheck);
  for (const node of nodes) {
    const said = await output("node", ["main.js"], { cwd: folder, env: node.env });
    assert.match(said, prints, `${title} on Node ${node.version} printed something else`);
    console.log(`${title}, Node ${node.version}: ${said.trim().split("\n").at(-1)}`);
  }
  console.log(`${title}: ${packages.length} packages, ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** A project in CommonJS, as docs/bundlers.md tells TypeScript of it: its imports are `require` when it runs. */
async function useCommonJs({ workshop, nodes }) {
  const folder = workshop.project("commonjs");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true }));
  await output("npm", ["install", "@dylora/backend-wasm", "@dylora/tensor"], { cwd: folder, env: workshop.env });
  writeFileSync(join(folder, "main.ts"), program("commonjs"));
  await compile(folder, true, { verbatimModuleSyntax: false });
  assert.match(readFileSync(join(folder, "main.js"), "utf8"), /require\("@dylora\/backend-wasm"\)/);
  for (const { version, env } of nodes) {
    const said = await output("node", ["main.js"], { cwd: folder, env, both: true });
    assert.equal(said.trim(), "wasm multiplies: 31,42", `commonjs on Node ${version}`);
    console.log(`commonjs, Node ${version}: ${said.trim()}`);
  }
}

/** A test file of someone who writes a sampler and a backend of their own: passes the suites of the test kit. */
async function useSuites({ workshop, nodes }) {
  const folder = workshop.project("test-kit");
  const install = ["@dylora/test-kit", "@dylora/dylora-sampler", "@dylora/backend-wasm", "vitest"];
  await output("npm", ["install", "--save-dev", ...install], { cwd: folder, env: workshop.env });
  writeFileSync(join(folder, "main.ts"), program("suites"));
  await compile(folder, true);
  cpSync(join(folder, "main.js"), join(folder, "own.test.js"));
  for (const { version, env } of nodes) {
    const vitest = join(folder, "node_modules", "vitest", "vitest.mjs");
    const report = JSON.parse(await output("node", [vitest, "run", "--reporter", "json"], { cwd: folder, env }));
    const suites = new Set(report.testResults[0].assertionResults.map(({ ancestorTitles: [suite] }) => suite));
    assert.deepEqual([...suites], ["rank sampler: in turn", "backend mine"]);
    assert.ok(report.success && report.numPassedTests > 200, `${report.numPassedTests} tests passed`);
    console.log(`test-kit, Node ${version}: ${report.numPassedTests} tests passed`);
  }
}

/** The command by npx from its tarball: trains a few steps, and sweeps. */
async function useCommand({ workshop, nodes }) {
  const folder = workshop.project("npx");
  cpSync(sample, join(folder, "sample"), { recursive: true });
  const { file } = workshop.tarballs.find(({ name }) => name === "dylora");
  const train = ["train", "--base", "sample/model", "--task", "sample/data/task.json", "--steps", "3", "--rank", "2"];
  for (const { version, env } of nodes) {
    const dylora = (...args) => output("npx", ["--yes", `--package=${file}`, "dylora", ...args], { cwd: folder, env });
    const run = `run-${version}`;
    const doctor = JSON.parse(await dylora("doctor", "--json"));
    assert.ok(JSON.stringify(doctor).includes(version), `doctor does not name Node ${version}`);
    await dylora(...train, "--backend", "wasm", "--out", run);
    await dylora("sweep", run, "--limit", "20");
    const { curves } = JSON.parse(readFileSync(join(folder, run, "sweep.json"), "utf8"));
    assert.deepEqual(
      curves[0].points.map(({ rank }) => rank),
      [1, 2],
    );
    assert.ok(existsSync(join(folder, run, "report.html")));
    console.log(`npx ${basename(file)}, Node ${version}: trained, and swept ranks 1 and 2`);
  }
}

const program = (name) => readFileSync(join(root, "scripts", "consumers", `${name}.ts`), "utf8");
const readme = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))[1];
assert.ok(readme.trim().split("\n").length <= 12, "the README's example is longer than 12 lines");
const readmePackages = [...readme.matchAll(/from "([^"]+)"/g)].map(([, specifier]) => packageOf(specifier));

await withTarballs(async (workshop) => {
  const { found: nodes, skipped } = await nodeVersions([20, 22, 24], workshop.env);
  assert.ok(nodes.length > 0, "no Node of a supported version was found");
  const together = { workshop, nodes };
  // Without tfjs, whose declarations have errors of their own, ours are checked as well.
  const withoutTensors = { ...together, without: ["@tensorflow/", "@dylora/tensor"], skipLibCheck: false };
  await use("sampler", { ...withoutTensors, install: ["@dylora/dylora-sampler"], program: program("sampler") });
  await use("eval", { ...withoutTensors, install: ["@dylora/eval"], program: program("eval") });
  const roberta = ["@dylora/lora-core", "@dylora/model-roberta", "@dylora/backend-wasm"];
  await use("roberta", { ...together, install: roberta, program: program("roberta") });
  await use("readme", {
    ...together,
    // The registry here has the packages of our scope alone.
    install: [...new Set(readmePackages)].map(
      (name) => together.workshop.tarballs.find((one) => one.name === name).file,
    ),
    program: readme,
    prints: /^rank +parameters +accuracy[\s\S]*^ +1 [\s\S]*^ +8 [\s\S]*^\[ '[\w ]+' \]$/m,
    prepare: (folder) => cpSync(sample, join(folder, "examples", "quickstart"), { recursive: true }),
  });
  await useCommonJs(together);
  await useSuites(together);
  await useBundlers({ ...together, compile });
  await useTypes({ ...together, compile });
  await useCommand(together);
  for (const line of skipped) console.log(`skipped: ${line}`);
});
console.log("the tarballs install and work");
