// What a changeset bumps: `changeset version` on a copy of the workspace's manifests.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 240_000 });

interface Manifest {
  name: string;
  version?: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, "..");
const paths = ["packages", "examples"]
  .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}/package.json`))
  .filter((path) => existsSync(join(root, path)));
const read = (base: string, path: string): Manifest => JSON.parse(readFileSync(join(base, path), "utf8"));
const manifests = paths.map((path) => read(root, path));
const published = manifests.filter((manifest) => manifest.private !== true);
const firstRelease = readFileSync(join(root, ".changeset", "first-release.md"), "utf8");

/** Versions after a release that starts with every published package at `version`: those that changed. */
function release(changeset: string, version: string, edit: (manifest: Manifest) => void = () => {}) {
  const copy = mkdtempSync(join(tmpdir(), "dylora-release-"));
  try {
    for (const path of ["package.json", "pnpm-workspace.yaml", ".changeset/config.json"]) {
      cpSync(join(root, path), join(copy, path));
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
    for (const path of paths) {
      const manifest = read(root, path);
      if (manifest.private !== true) manifest.version = version;
      edit(manifest);
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), JSON.stringify(manifest, undefined, 2));
    }
    writeFileSync(join(copy, ".changeset", "change.md"), changeset);
    const git = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    execFileSync("git", ["init", "--quiet"], { cwd: copy });
    execFileSync("git", ["add", "packages", "examples", ".changeset"], { cwd: copy });
    execFileSync("git", [...git, "commit", "--quiet", "--no-verify", "--message", "start"], { cwd: copy });
    const program = join(root, "node_modules", "@changesets", "cli", "bin.js");
    execFileSync(process.execPath, [program, "version"], { cwd: copy, stdio: "pipe" });
    const after = paths.map((path) => read(copy, path)).filter((manifest) => manifest.private !== true);
    return new Map(
      after.filter((manifest) => manifest.version !== version).map(({ name, version }) => [name, version]),
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const change = (name: string, kind: "patch" | "minor" | "major") => `---\n"${name}": ${kind}\n---\n\nA change.\n`;
const dependents = (name: string) =>
  published.filter(({ dependencies }) => dependencies?.[name] !== undefined).map((manifest) => manifest.name);
const bumped = (name: string, own: string, others: string) =>
  new Map([...dependents(name).map((dependent): [string, string] => [dependent, others]), [name, own]]);
const sorted = (versions: Map<string, string | undefined>) => [...versions].sort();

describe("a changeset", () => {
  test("of a change within the range of its dependents bumps one package", () => {
    expect(dependents("@dylora/errors").length).toBeGreaterThan(8);
    expect(sorted(release(change("@dylora/errors", "patch"), "0.3.0"))).toEqual([["@dylora/errors", "0.3.1"]]);
    expect(sorted(release(change("@dylora/errors", "minor"), "1.3.0"))).toEqual([["@dylora/errors", "1.4.0"]]);
  });

  test("that leaves the range of its dependents bumps those by a patch, and no one else", () => {
    // Before 1.0.0 a minor version leaves the range ^0.3.0.
    const minor = release(change("@dylora/lora-core", "minor"), "0.3.0");
    expect(sorted(minor)).toEqual(sorted(bumped("@dylora/lora-core", "0.4.0", "0.3.1")));
    expect(minor.has("@dylora/eval")).toBe(false);
    const major = release(change("@dylora/dylora-sampler", "major"), "1.3.0");
    expect(sorted(major)).toEqual(sorted(bumped("@dylora/dylora-sampler", "2.0.0", "1.3.1")));
  });

  test("does not touch peer dependents whose range it stays in", () => {
    const versions = release(change("@dylora/dylora-sampler", "minor"), "1.3.0", (manifest) => {
      if (manifest.name === "@dylora/trainer") manifest.peerDependencies = { "@dylora/dylora-sampler": "workspace:^" };
    });
    expect(sorted(versions)).toEqual([["@dylora/dylora-sampler", "1.4.0"]]);
  });
});

test("no package has one of ours as a peer: a release that leaves its range would force a major version on it", () => {
  const peers = published.flatMap(({ peerDependencies }) => Object.keys(peerDependencies ?? {}));
  expect(peers.filter((name) => manifests.some((manifest) => manifest.name === name))).toEqual([]);
});

test("the first release names every published package, and gives each 0.1.0", () => {
  const expected = published.map(({ name }): [string, string] => [name, "0.1.0"]);
  expect(sorted(release(firstRelease, "0.0.0"))).toEqual(sorted(new Map(expected)));
});
