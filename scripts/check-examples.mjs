// Runs what documentation shows: every ```ts and ```js block of the sources' TSDoc (@example), the READMEs and the guides,
// compiled where it is TypeScript, against the built packages, from the root of the repository. ```json must be JSON.
// An example that does not compile, throws or hangs fails the check; one that calls a suite of the test kit runs in vitest. check-commands.mjs does the same for ```sh.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publicPackages } from "./packages.mjs";
import { root } from "./run.mjs";
import { pageSnippets, sourceSnippets } from "./snippets.mjs";

// Inside the finetune package, for the sake of tfjs-core; the packages of the workspace are linked in, every one of them.
const folder = join(root, "packages", "finetune", ".examples");
rmSync(folder, { recursive: true, force: true });
for (const { folder: target, manifest } of publicPackages) {
  const link = join(folder, "node_modules", manifest.name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link, "junction");
}

const snippets = [...sourceSnippets(), ...pageSnippets()];
const failures = [];
// "…" stands for what a page leaves out.
for (const { file, code } of snippets.filter(({ language, code }) => language === "json" && !code.includes("…"))) {
  try {
    JSON.parse(code);
  } catch (error) {
    failures.push(`${file}: json: ${error.message}\n${code}`);
  }
}
const sources = snippets.filter(({ language }) => ["ts", "js"].includes(language));
const names = sources.map(({ file, language, code }, index) => {
  const name = `example-${index}`;
  writeFileSync(join(folder, `${name}.${language}`), `// ${file}\n${code}\nexport {};\n`);
  return name;
});
writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
writeFileSync(
  join(folder, "vitest.config.js"),
  'export default { test: { include: ["example-*.js"], testTimeout: 60_000 } };\n',
);
const options = {
  noEmit: false,
  rootDir: ".",
  outDir: ".",
  customConditions: [],
  types: ["node"],
  noUnusedLocals: false,
  sourceMap: false,
  declaration: false,
};
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({ extends: "../../../tsconfig.base.json", compilerOptions: options, include: ["*.ts"], exclude: [] }),
);
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const compiled = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
const broken = compiled.stdout.split("\n").filter((line) => line.includes("error TS"));
const uncompiled = new Set();
for (const line of broken) {
  const index = Number(/example-(\d+)/.exec(line)?.[1]);
  uncompiled.add(index);
  console.error(`${sources[index]?.file ?? "?"}: ${line}`);
}

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
/** How an example is run: those that define tests by vitest, all others as programs. */
function runner({ code }, name) {
  const program = `${name}.js`;
  if (!code.includes('from "@dylora/test-kit"')) return [join(folder, program)];
  return [vitest, "run", "--root", folder, "--config", join(folder, "vitest.config.js"), program];
}

const runOne = (name, index) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, runner(sources[index], name), { cwd: root, timeout: 120_000 });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("close", (status) => {
      if (status !== 0) failures.push(`${sources[index].file} (${name}): exit ${status}\n${output.slice(-600)}`);
      resolve();
    });
  });
const queue = names.entries();
await Promise.all(
  [0, 1].map(async () => {
    for (const [index, name] of queue) if (!uncompiled.has(index)) await runOne(name, index);
  }),
);
for (const failure of failures) console.error(failure);
console.log(`${sources.length} examples, ${broken.length} compile errors, ${failures.length} failures`);
if (broken.length + failures.length > 0) process.exit(1);
rmSync(folder, { recursive: true, force: true });
