// Runs the ```sh blocks of READMEs and guides. Every `dylora …` goes to the real command, page by page, in a folder that has
// the sample of the repository, with few steps, and has to succeed. A command that names files which only its reader has
// (data sets, other models) has to come as far as missing them: its options, their values and their combination are
// right then. Of other programs, the scripts they name have to exist.
//
//   node scripts/check-commands.mjs [PAGE...]     default: every page
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";
import { pageSnippets } from "./snippets.mjs";

const bin = join(root, "packages", "cli", "dist", "bin.js");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What makes a command short; of an option given twice the last counts. */
const shortened = {
  train: ["--steps", "3"],
  sweep: ["--limit", "40", "--resamples", "20"],
  compare: ["--steps", "2", "--limit", "40", "--resamples", "20", "--seeds", "0", "--ranks", "1,2"],
};
/** Run elsewhere: the gate does a short `npm start`, which is `dylora quickstart`. */
const skipped = new Set(["quickstart"]);
/** Errors that say: understood, but the files are not here. */
const missing = new Set([
  "file_missing",
  "hub_offline",
  "unknown_backend",
  "unknown_model",
  "not_a_run",
  "not_an_adapter",
]);
/** Options that name a folder or file to read. The others of them also take words. */
const paths = ["base", "data", "adapter", "input", "predictions", "references", "config", "wordnet", "paraphrases"];
const pathsOrWords = { task: /[/.]/, distribution: /\.[jt]s$/, backend: /-/ };

const problems = [];
const counts = { run: 0, understood: 0, other: 0 };

/** Words of a line: quotes hold together what stands in them. */
const wordsOf = (line) =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/^['"]|['"]$/g, ""));

/** The words after `dylora`, however it is called; undefined for other programs. */
function argumentsOf([program, ...rest]) {
  if (program === "dylora") return rest;
  const own = program === "npx" ? rest[0] === "dylora" : program === "node" && rest[0] === "packages/cli/dist/bin.js";
  return own ? rest.slice(1) : undefined;
}

/** Lines of a block without comments. A line that ends in a backslash goes on. */
const linesOf = (code) =>
  code
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");

/** A folder as a reader has it in a clone: the sample, and packages to import. */
function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), "dylora-commands-"));
  for (const name of ["examples", "tools"]) symlinkSync(join(root, name), join(folder, name), "junction");
  symlinkSync(join(root, "packages", "finetune", "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return folder;
}

/** What a command reads. */
function readBy(args) {
  const setting = (name) => args[args.indexOf(`--${name}`) + 1];
  const given = (name) => args.includes(`--${name}`);
  const [, argument] = args;
  return [
    ...(argument?.startsWith("-") === false ? [argument] : []),
    ...paths.filter(given).map(setting),
    ...Object.entries(pathsOrWords).flatMap(([name, path]) =>
      given(name) && path.test(setting(name)) ? [setting(name)] : [],
    ),
  ].filter((name) => name !== "-");
}

/** The command with a base model of the repository in place of one that is not here, which would end it too early. */
function withSampleBase(args, folder) {
  const at = args.indexOf("--base") + 1;
  if (at === 0 || existsSync(join(folder, args[at]))) return args;
  const generates = args[0] === "generate" || /^(e2e|dart|webnlg|jsonl)$/.test(args[args.indexOf("--task") + 1]);
  const sample = args.with(at, `examples/${generates ? "gpt2-e2e" : "quickstart"}/model`);
  // The sample takes shorter texts than the models that are meant.
  const longest = sample.indexOf("--max-length") + 1;
  return longest === 0 || !/^\d+$/.test(sample[longest]) ? sample : sample.with(longest, "64");
}

/** Runs `dylora written` for a page. @returns what it printed */
function dylora(written, input, { file, folder, lost }) {
  const args = withSampleBase(written, folder);
  if (skipped.has(args[0])) return "";
  const complain = (what) => problems.push(`${file}: dylora ${args.join(" ")}\n  ${what}`);
  const absent = readBy(args).filter((name) => !existsSync(join(folder, name)));
  const wrong = absent.find((name) => /^(examples|runs)\//.test(name) && !lost.has(name));
  if (wrong !== undefined) complain(`${wrong} is not there`);
  const asks = args.some((word) => ["--help", "--version", "--json"].includes(word));
  const short = absent.length > 0 || args.includes("--resume") ? [] : (shortened[args[0]] ?? []);
  const env = { ...process.env, HF_HUB_OFFLINE: "1", NO_COLOR: "1" };
  const all = [...args, ...short, ...(asks ? [] : ["--json"])];
  const result = spawnSync(process.execPath, [bin, ...all], {
    cwd: folder,
    input,
    env,
    encoding: "utf8",
    timeout: 120_000,
  });
  const { status, stdout, stderr } = result;
  const answer = `exit ${status}: ${stderr.trim().split("\n").at(-1)}`;
  if (absent.length === 0) {
    counts.run++;
    if (status !== 0) complain(answer);
  } else {
    counts.understood++;
    if (args.includes("--out")) lost.add(args[args.indexOf("--out") + 1]);
    if (status !== 2 || !missing.has(/"error":\{"code":"(\w+)"/.exec(stdout)?.[1])) complain(answer);
  }
  return stdout;
}

/** Looks whether the script that another program is to run is there. */
function otherProgram([program, ...args], { file }) {
  counts.other++;
  const [name = ""] = args.filter((word) => word !== "run");
  const own = { npm: /^(start|test)$/, pnpm: /^(?!install$|exec$|add$|dlx$|-)/ }[program];
  if (own?.test(name) && scripts[name] === undefined) problems.push(`${file}: there is no script "${program} ${name}"`);
  const script = ["node", "python"].includes(program) ? args.find((word) => /\.(mjs|js|py)$/.test(word)) : undefined;
  if (script !== undefined && !existsSync(join(root, script)) && !existsSync(join(root, file, "..", script))) {
    problems.push(`${file}: there is no ${script}`);
  }
}

/** A line: commands joined by &&, each a chain of programs with a pipe between and perhaps a file at its end. */
function runLine(line, page) {
  for (const chain of line.split(" && ")) {
    const [pipeline = "", target] = chain.split(/ > (?=\S+$)/);
    let text;
    for (const words of pipeline.split(" | ").map(wordsOf)) {
      const args = argumentsOf(words);
      if (args !== undefined) text = dylora(args, text, page);
      else if (words[0] === "echo") text = `${words.slice(1).join(" ")}\n`;
      else otherProgram(words, page);
    }
    if (target !== undefined && text !== undefined) writeFileSync(join(page.folder, target), text);
  }
}

const chosen = process.argv.slice(2);
const snippets = pageSnippets().filter(({ file }) => chosen.length === 0 || chosen.includes(file));
for (const file of new Set(snippets.map((snippet) => snippet.file))) {
  const page = { file, folder: openFolder(), lost: new Set() };
  for (const { language, code } of snippets.filter((snippet) => snippet.file === file)) {
    const name = /^\/\/ ([\w-]+\.[jt]s)\n/.exec(code)?.[1]; // a file that later lines use
    if (name !== undefined) writeFileSync(join(page.folder, name), code);
    if (language === "sh") for (const line of linesOf(code)) runLine(line, page);
  }
  rmSync(page.folder, { recursive: true, force: true });
}

for (const problem of problems) console.error(problem);
const { run, understood, other } = counts;
console.log(`${run} commands run, ${understood} understood, ${other} of other programs; ${problems.length} problems`);
if (problems.length > 0) process.exit(1);
