// What goes to the registry: every public package is packed, and its tarball read by publint, by are-the-types-wrong
// (profile for packages without CommonJS) and for what this repository promises of its packages and their READMEs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { packAll, packageOf, readTarball } from "./packages.mjs";
import { root } from "./run.mjs";

const attw = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");

/** What publint and are-the-types-wrong say against a tarball. */
async function toolProblems(file) {
  const tarball = new Uint8Array(readFileSync(file)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true, level: "warning" });
  const problems = messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
  const args = [attw, file, "--profile", "esm-only", "--format", "ascii", "--no-emoji", "--no-color"];
  const types = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (types.status !== 0) problems.push(`are-the-types-wrong:\n${types.stdout}${types.stderr}`);
  return problems;
}

function contentProblems({ files, manifest, text }) {
  const problems = ["LICENSE", "README.md"].filter((name) => !files.includes(name)).map((name) => `no ${name}`);
  const unwanted = files.filter((name) => /\.test\.|(^|\/)(fixtures|testing|__snapshots__|node_modules)\//.test(name));
  if (unwanted.length > 0) problems.push(`should not be packed: ${unwanted.join(", ")}`);
  const named = files.filter((name) => text(name).includes(root));
  if (named.length > 0) problems.push(`names a folder of this machine: ${named.join(", ")}`);
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    for (const [name, range] of Object.entries(manifest[kind] ?? {})) {
      if (/^(workspace|catalog|link|file):/.test(range)) problems.push(`${kind}: ${name} is "${range}"`);
    }
  }
  return problems;
}

/** A README shows how to install, a TypeScript example that needs nothing else, and where the API page is. */
function readmeProblems(readme, name) {
  const install = /```sh\n[\s\S]*?npm install (--global )?([^\n#]*)/.exec(readme)?.[2]?.trim().split(/\s+/) ?? [];
  const installed = install.map((word) => word.replace(/(?<=.)@[\d.]+$/, ""));
  const problems = installed.includes(name) ? [] : [`README: no "npm install ${name}"`];
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  const lines = (example ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("import ")).length;
  if (lines === 0) problems.push("README: no ```ts example");
  if (lines > 12) problems.push(`README: the first example has ${lines} lines besides its imports; show the essence`);
  for (const { fileName } of ts.preProcessFile(example ?? "").importedFiles) {
    const needed = packageOf(fileName);
    if (!needed.startsWith("node:") && !installed.includes(needed)) {
      problems.push(`README: the example imports ${needed}, which the install line above it lacks`);
    }
  }
  const page = `https://dylora.github.io/dylora/modules/${name.replace("@", "_").replace("/", "_")}.html`;
  if (!readme.includes(page)) problems.push(`README: no link to ${page}`);
  if (/\]\((?!https:\/\/|#)/.test(readme)) problems.push("README: a relative link, which leads nowhere on npm");
  return problems;
}

const folder = mkdtempSync(join(tmpdir(), "dylora-pack-"));
try {
  let count = 0;
  for (const { name, file } of packAll(folder)) {
    const tarball = await readTarball(file);
    const readme = readmeProblems(tarball.text("README.md"), name);
    const problems = [...(await toolProblems(file)), ...contentProblems(tarball), ...readme];
    for (const problem of problems) console.error(`${name}: ${problem}`);
    console.log(`${name}: ${tarball.files.length} files, ${problems.length} problems`);
    count += problems.length;
  }
  if (count > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
