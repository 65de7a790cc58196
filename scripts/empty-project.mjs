// An empty project far from the workspace, into which npm installs packages as a stranger would.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packAll } from "./packages.mjs";
import { serveTarballs } from "./tarball-registry.mjs";

const execute = promisify(execFile);

/** Runs a program to its end. Returns what it printed, with `both` on standard error too; throws with it on failure. */
export async function output(program, args, { both = false, ...options } = {}) {
  const shell = process.platform === "win32";
  const limits = { timeout: 300_000, maxBuffer: 64 * 2 ** 20, shell };
  try {
    const { stdout, stderr } = await execute(program, args, { ...limits, ...options });
    return both ? `${stdout}${stderr}` : stdout;
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.slice(-4000);
    throw new Error(`${program} ${args.join(" ")} failed (${error.code ?? error.signal}):\n${said}`);
  }
}

/** Environment in which npm and npx ask our registry for our packages. */
function npmSettings(base, registry) {
  // What npm has downloaded is shared with the user's cache; what npx installs is not, for versions do not change here.
  const cache = process.env.npm_config_cache ?? join(homedir(), ".npm");
  mkdirSync(join(cache, "_cacache"), { recursive: true });
  mkdirSync(join(base, "npm"));
  symlinkSync(join(cache, "_cacache"), join(base, "npm", "_cacache"), "junction");
  const own = { "@dylora:registry": registry, cache: join(base, "npm"), audit: "false", fund: "false" };
  const settings = Object.entries({ ...own, update_notifier: "false", prefer_offline: "true" });
  return { ...process.env, ...Object.fromEntries(settings.map(([name, value]) => [`npm_config_${name}`, value])) };
}

/**
 * Packs every package, serves the tarballs, and calls `work` with a workshop: `tarballs`, `env` for npm and npx, and
 * `project(name)`, which makes an empty project and returns its folder. All of it is removed afterwards.
 */
export async function withTarballs(work) {
  const base = mkdtempSync(join(tmpdir(), "dylora-installs-"));
  try {
    const tarballs = packAll(join(base, "tarballs"));
    const registry = await serveTarballs(tarballs);
    const env = npmSettings(base, registry.url);
    const project = (name) => {
      const folder = join(base, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
      return folder;
    };
    try {
      return await work({ tarballs, env, project });
    } finally {
      await registry.close();
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** What an install left in a folder: its files, their bytes, and its packages by name. */
export function footprint(folder) {
  const modules = join(folder, "node_modules");
  const entries = readdirSync(modules, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const packages = entries
    .filter(
      ({ name, parentPath }) => name === "package.json" && /node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/.test(parentPath),
    )
    .map(({ parentPath }) => parentPath.replaceAll("\\", "/").split("node_modules/").at(-1));
  return { files: files.length, bytes, packages };
}
