// Compiles and runs every ```ts example of the sources' TSDoc (@example) and of the READMEs and docs, against the built
// packages, from the root of the repository. An example that does not compile, throws or hangs fails the check.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./run.mjs";

// Inside the cli package, since that one depends on all the others.
const folder = join(root, "packages", "cli", ".examples");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// By hand: a recursive readdir follows the links of node_modules and never comes to an end.
const skipped = new Set(["node_modules", "dist", "api", "runs", "build"]);
const files = (base, ending) =>
  readdirSync(base, { withFileTypes: true }).flatMap((entry) => {
    const path = join(base, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : files(path, ending);
    return entry.name.endsWith(ending) && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
const fence = /```ts\n([\s\S]*?)```/g;
const sources = [];
for (const file of files(join(root, "packages"), ".ts").filter((name) => /[\\/]src[\\/]/.test(name))) {
  for (const [comment] of readFileSync(file, "utf8").matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const text = comment.replaceAll(/^[ \t]*\* ?/gm, "");
    for (const [, code] of text.matchAll(fence)) sources.push({ file, code });
  }
}
const pages = ["packages", "docs", "examples"].flatMap((name) => files(join(root, name), ".md"));
for (const file of [join(root, "README.md"), ...pages.filter((name) => !name.endsWith("CHANGELOG.md"))]) {
  for (const [, code] of readFileSync(file, "utf8").matchAll(fence)) sources.push({ file, code });
}

const names = sources.map(({ file, code }, index) => {
  const name = `example-${index}`;
  writeFileSync(join(folder, `${name}.ts`), `// ${relative(root, file)}\n${code}\nexport {};\n`);
  return name;
});
writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
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
for (const line of broken) {
  const index = Number(/example-(\d+)/.exec(line)?.[1]);
  console.error(`${relative(root, sources[index]?.file ?? "?")}: ${line}`);
}

const failures = [];
const runOne = (name, index) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, `${name}.js`)], { cwd: root, timeout: 120_000 });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("close", (status) => {
      if (status !== 0)
        failures.push(`${relative(root, sources[index].file)} (${name}): exit ${status}\n${output.slice(-600)}`);
      resolve();
    });
  });
const queue = names.entries();
if (broken.length === 0) {
  await Promise.all(
    [0, 1].map(async () => {
      for (const [index, name] of queue) await runOne(name, index);
    }),
  );
}
for (const failure of failures) console.error(failure);
console.log(`${sources.length} examples, ${broken.length} compile errors, ${failures.length} failures`);
if (broken.length + failures.length > 0) process.exit(1);
rmSync(folder, { recursive: true, force: true });
