// What a stranger gets whose program goes through a bundler: dylora from the tarballs in webpack, Next, Vite and esbuild,
// as docs/bundlers.md says, for a page and for a server. A bundler's warning is a failure.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { output } from "./empty-project.mjs";
import { root } from "./run.mjs";

const consumer = (name) => join(root, "scripts", "consumers", name);
const page = readFileSync(consumer("page.ts"), "utf8");
const model = join(root, "examples", "quickstart", "model");
const answers = /^ranks 1, 2: (even|odd)/m;
/** The line of docs/bundlers.md for webpack; webpack.mjs makes regular expressions of the texts. */
const outside = { externals: ["^(dylora|@dylora)($|/)"], externalsType: "import" };

/** A file of a project's packages, to be run by Node. */
const program = (folder, ...path) => join(folder, "node_modules", ...path);

/** Builds a page with a bundler, and runs the bundle as a worker. */
async function usePage(title, { folder, node }, build, bundle) {
  const started = performance.now();
  await build();
  const said = await output("node", [consumer("as-worker.mjs"), join(folder, bundle), model], { env: node.env });
  done(title, said, started);
}

function done(title, said, started) {
  assert.match(said, answers, title);
  console.log(`${title}: ${said.trim()}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** Builds a server with a bundler, and runs it. */
async function useServer(title, { folder, node }, build, bundle) {
  const started = performance.now();
  await build();
  // Node finds no names in the CommonJS that a minifier has written; its default export is all of it.
  const call = `const { answer, default: all } = await import(process.argv[1]);
    console.log(await (answer ?? all.answer)(...process.argv.slice(2)));`;
  const file = join(folder, bundle).replaceAll("\\", "/");
  const args = ["--input-type=module", "--eval", call, `file://${file}`, model, join(folder, "rows.csv")];
  const said = await output("node", args, { env: node.env });
  done(title, said, started);
}

/** Vite's builds: a page by `dylora/browser`, one by `dylora`, whose `browser` condition it knows, and a server. */
async function useVite(place, compile) {
  const { folder, env } = place;
  const vite = (build) => async () => {
    writeFileSync(join(folder, "vite.config.js"), `export default ${JSON.stringify({ build, logLevel: "warn" })};\n`);
    await quiet("node", [program(folder, "vite", "bin", "vite.js"), "build"], { cwd: folder, env });
  };
  const forPage = (entry, outDir) =>
    vite({ target: "es2022", outDir, lib: { entry, formats: ["es"], fileName: "page" } });
  await usePage("vite, dylora/browser", place, forPage("main.ts", "vite-browser"), "vite-browser/page.js");
  writeFileSync(join(folder, "plain.ts"), page.replace("dylora/browser", "dylora"));
  await compile(folder, true, { customConditions: ["browser"] }, "plain.ts");
  await usePage("vite, dylora", place, forPage("plain.ts", "vite-plain"), "vite-plain/page.js");
  const server = vite({ ssr: "verbs-server.mjs", outDir: "vite-server" });
  await useServer("vite, a server", place, server, "vite-server/verbs-server.js");
}

async function useEsbuild(place) {
  const { folder, env } = place;
  const esbuild =
    (...args) =>
    () =>
      quiet(program(folder, ".bin", "esbuild"), ["--bundle", "--log-level=warning", ...args], { cwd: folder, env });
  const split = ["--minify", "--splitting", "--format=esm", "--outdir=esbuild-page"];
  await usePage("esbuild, a page", place, esbuild("main.js", ...split), "esbuild-page/main.js");
  const server = ["--platform=node", "--minify", "--outfile=esbuild-server.cjs"];
  await useServer("esbuild, a server", place, esbuild("bundled-server.mjs", ...server), "esbuild-server.cjs");
  const verbs = ["--platform=node", "--format=esm", "--packages=external", "--outfile=esbuild-verbs.mjs"];
  await useServer("esbuild, --packages=external", place, esbuild("verbs-server.mjs", ...verbs), "esbuild-verbs.mjs");
}

async function useWebpack(place) {
  const { folder, env } = place;
  cpSync(consumer("webpack.mjs"), join(folder, "webpack.mjs"));
  const webpack = (settings) => () => quiet("node", ["webpack.mjs", JSON.stringify(settings)], { cwd: folder, env });
  const out = (name, library) => {
    const [filename, chunkFilename] = [`${name}.${library.extension}`, `${name}.[id].${library.extension}`];
    return { path: folder, filename, chunkFilename, library: { type: library.type } };
  };
  const [esm, commonjs] = [
    { extension: "mjs", type: "module" },
    { extension: "cjs", type: "commonjs2" },
  ];
  const experiments = { outputModule: true };
  const forPage = { target: "web", entry: "./main.js", experiments, output: out("webpack-page", esm) };
  await usePage("webpack, a page", place, webpack(forPage), "webpack-page.mjs");
  const server = { target: "node20", entry: "./bundled-server.mjs", output: out("webpack-server", commonjs) };
  await useServer("webpack, a server", place, webpack(server), "webpack-server.cjs");
  const verbs = { target: "node20", entry: "./verbs-server.mjs", experiments, output: out("webpack-verbs", esm) };
  await useServer("webpack, externals", place, webpack({ ...verbs, ...outside }), "webpack-verbs.mjs");
}

/** A route that Next bundles in whole, and one whose `dylora` stays outside. */
async function useNext({ folder, env }) {
  const started = performance.now();
  const settings = { ...env, NEXT_TELEMETRY_DISABLED: "1" };
  writeFileSync(join(folder, "next.config.mjs"), 'export default { serverExternalPackages: ["dylora"] };\n');
  mkdirSync(join(folder, "app"));
  writeFileSync(
    join(folder, "app", "layout.js"),
    "export default ({ children }) => <html lang='en'><body>{children}</body></html>;\n",
  );
  for (const [route, file, args] of [
    ["bundled", "bundled-server.mjs", [model]],
    ["verbs", "verbs-server.mjs", [model, join(folder, "rows.csv")]],
  ]) {
    mkdirSync(join(folder, "app", route));
    const get = `export const GET = async () => new Response(await answer(...${JSON.stringify(args)}));`;
    const lines = [`import { answer } from "../../${file}";`, 'export const dynamic = "force-dynamic";', get, ""];
    writeFileSync(join(folder, "app", route, "route.js"), lines.join("\n"));
  }
  const next = program(folder, "next", "dist", "bin", "next");
  const said = await both("node", [next, "build"], { cwd: folder, env: settings });
  // Where CI is set, Next warns that no cache of an earlier build is there: that is no fault of what is built.
  const about = said.split("\n").filter((line) => !line.includes("No build cache found"));
  assert.doesNotMatch(about.join("\n"), /warn|⚠/i, said);
  const port = await freePort();
  const server = spawn("node", [next, "start", "-p", `${port}`], {
    cwd: folder,
    env: settings,
    stdio: "ignore",
  });
  try {
    for (const route of ["bundled", "verbs"]) {
      const response = await answering(`http://127.0.0.1:${port}/${route}`);
      done(`next, ${route}`, await response.text(), started);
    }
  } finally {
    server.kill();
  }
}

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The answer of a server that may still be starting. */
async function answering(url, attempts = 60) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === attempts) throw error;
      await new Promise((later) => setTimeout(later, 500));
    }
  }
}

/** Runs a program that has nothing to say where nothing is wrong. */
async function quiet(command, args, options) {
  const said = await both(command, args, options);
  assert.equal(said.trim(), "", `${args.join(" ")} says: ${said}`);
}

/** What a program printed on both of its streams. */
const both = (command, args, options) => output(command, args, { ...options, both: true });

/** Installs the bundlers and dylora into one project, and uses each. */
export async function useBundlers({ workshop, nodes, compile }) {
  const folder = workshop.project("bundlers");
  const dylora = workshop.tarballs.find(({ name }) => name === "dylora").file;
  const ours = [dylora, "@dylora/backend-wasm", "@dylora/errors", "@dylora/tensor"];
  const bundlers = ["vite@8", "webpack@5", "esbuild@0.28", "next@16", "react@19", "react-dom@19"];
  await output("npm", ["install", ...ours, ...bundlers], { cwd: folder, env: workshop.env });
  writeFileSync(join(folder, "main.ts"), page);
  await compile(folder, true);
  for (const name of ["bundled-server.mjs", "verbs-server.mjs"]) cpSync(consumer(name), join(folder, name));
  const rows = Array.from({ length: 40 }, (_, row) => `case ${row},${row % 2 === 0 ? "even" : "odd"}`);
  writeFileSync(join(folder, "rows.csv"), `text,label\n${rows.join("\n")}\n`);
  const place = { folder, env: nodes.at(-1).env ?? workshop.env, node: nodes.at(-1) };
  await useVite(place, compile);
  await useEsbuild(place);
  await useWebpack(place);
  await useNext(place);
}
