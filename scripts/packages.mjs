// The packages of the workspace, and their tarballs as a registry would get them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unpack } from "@publint/pack";
import { pinnedPnpm, root } from "./run.mjs";

/** Every folder of packages/ with its package.json: `{ folder, manifest }`. */
export const packages = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .filter((folder) => existsSync(join(folder, "package.json")))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }));

/** Those that are published. */
export const publicPackages = packages.filter(({ manifest }) => !manifest.private);

/** The package that an import names: `@dylora/eval` for `@dylora/eval/glue`. */
export function packageOf(specifier) {
  const parts = specifier.startsWith("@") ? 2 : 1;
  return specifier.split("/").slice(0, parts).join("/");
}

/** Packs the public packages, which must be built, into `target`: `{ folder, name, version, file }` of each. */
export function packAll(target) {
  const unbuilt = publicPackages.filter(({ folder }) => !existsSync(join(folder, "dist")));
  if (unbuilt.length > 0) {
    console.error(`not built: ${unbuilt.map(({ manifest }) => manifest.name).join(", ")}; run: pnpm build`);
    process.exit(2);
  }
  mkdirSync(target, { recursive: true });
  const filters = publicPackages.flatMap(({ manifest }) => ["--filter", manifest.name]);
  const args = ["--yes", pinnedPnpm, "--recursive", ...filters, "pack", "--pack-destination", target];
  const packed = spawnSync("npx", args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  if (packed.status !== 0) throw new Error(`pnpm pack failed:\n${packed.stdout}${packed.stderr}`);
  return publicPackages.map(({ folder, manifest: { name, version } }) => {
    const file = join(target, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    return { folder, name, version, file };
  });
}

/** What lies in a tarball: the names of its `files`, its `manifest`, and `text(name)`. */
export async function readTarball(file) {
  const { files } = await unpack(readFileSync(file));
  const byName = new Map(files.map(({ name, data }) => [name.slice("package/".length), data]));
  const text = (name) => new TextDecoder().decode(byName.get(name));
  return { files: [...byName.keys()], manifest: JSON.parse(text("package.json")), text };
}
