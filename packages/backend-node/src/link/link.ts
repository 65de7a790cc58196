import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError } from "@dylora/errors";
import { inspectPackage, locatePackage } from "../installed-package.ts";
import { type BindingProbe, probeBinding } from "../probe-binding.ts";
import { installation, type Variant } from "../variant.ts";
import { buildAddon } from "./build-addon.ts";
import { findLibtensorflow } from "./libtensorflow-folder.ts";
import {
  type LinkRecord,
  linkedProject,
  linkFiles,
  linkFolder,
  projectAround,
  removeIfEmpty,
  removeLink,
} from "./link-record.ts";

/** What was linked. */
export interface Linked extends BindingProbe {
  /** The project that remembers it. */
  readonly project: string;
}

/**
 * Builds tfjs-node's addon against a libtensorflow, multiplies with it, and has the project remember it. An earlier link
 * stays when this fails.
 *
 * @param given folder of the libtensorflow, see {@link findLibtensorflow}
 * @param from folder in the project
 * @throws ConfigError `unsupported_platform`, `tfjs_missing`, and as {@link findLibtensorflow} and {@link buildAddon} do;
 * BackendError as {@link probeBinding} does
 */
export async function link(variant: Variant, given: string, from: string): Promise<Linked> {
  if (process.platform === "win32") {
    throw new ConfigError("unsupported_platform", "linking is not there for Windows yet; use @dylora/backend-wasm");
  }
  const library = findLibtensorflow(given);
  const folder = locatePackage(variant.tfjsPackage, from) ?? locatePackage(variant.tfjsPackage);
  if (folder === undefined) {
    const how = `run \`${installation(variant)} --ignore-scripts\` first`;
    throw new ConfigError("tfjs_missing", `${variant.tfjsPackage}, whose sources are built, is not installed; ${how}`);
  }
  const project = projectAround(from);
  const target = linkFolder(project, variant);
  const part = `${target}.${process.pid}`;
  try {
    mkdirSync(part, { recursive: true });
    const probe = await probeBinding(buildAddon(folder, library, part));
    const record: LinkRecord = {
      format: "dylora-libtensorflow",
      tfjsVersion: inspectPackage(folder).version,
      libraries: library.folder,
      version: probe.version,
    };
    writeFileSync(join(part, linkFiles.record), `${JSON.stringify(record, null, 2)}\n`);
    // What lies there holds paths of this machine.
    writeFileSync(join(dirname(target), ".gitignore"), "*\n");
    rmSync(target, { recursive: true, force: true });
    renameSync(part, target);
    return { ...probe, project };
  } finally {
    rmSync(part, { recursive: true, force: true });
    removeIfEmpty(dirname(target));
  }
}

/**
 * Forgets the link of the project around a folder.
 *
 * @returns the project, or undefined when it has no link
 */
export function unlink(variant: Variant, from: string): string | undefined {
  const project = linkedProject(variant, [from]);
  if (project !== undefined) removeLink(project, variant);
  return project;
}
