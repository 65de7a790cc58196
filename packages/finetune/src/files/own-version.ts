import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What of a package's `package.json` is of use here. */
export interface Manifest {
  /** The package's version. */
  readonly version: string;
  /** What it depends on. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Reads a `package.json`. */
export const manifestAt = (path: string | URL): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest;

/** The `package.json` of this package. */
export const ownManifest = manifestAt(createRequire(import.meta.url).resolve("../../package.json"));

/** Version of this package. */
export const ownVersion: string = ownManifest.version;
