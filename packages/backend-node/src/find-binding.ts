import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { firstLine } from "./first-line.ts";
import { inspectPackage, locatePackage } from "./installed-package.ts";
import { linkedProject, readLink } from "./link/link-record.ts";
import { installation, linkCommandOf, shortName, type Variant } from "./variant.ts";

/** An addon that could be loaded. */
export interface FoundBinding {
  readonly found: true;
  /** tfjs's package in words: version and, where it is linked, libtensorflow's. */
  readonly detail: string;
  /** Folder of tfjs's package. */
  readonly folder: string;
  /** Module of tfjs's package. */
  readonly module: string;
  /** Path of the addon. */
  readonly binding: string;
}

/** An addon, or why there is none. */
export type BindingSearch = FoundBinding | { readonly found: false; readonly reason: string; readonly remedy: string };

/** Folders from which a project's link is looked for. */
const startFolders = (project: string | undefined): string[] => {
  if (project !== undefined) return [project];
  const program = process.argv[1];
  return program === undefined ? [process.cwd()] : [process.cwd(), dirname(program)];
};

/**
 * Looks for tfjs's package and its addon: the one that the project has linked, else the one in the package. Loads nothing.
 *
 * @param project folder to look from; default: the current folder, the running program and this package
 */
export function findBinding(variant: Variant, project?: string): BindingSearch {
  const { tfjsPackage, id } = variant;
  const missing = (reason: string, remedy: string): BindingSearch => ({ found: false, reason, remedy });
  const folder = locatePackage(tfjsPackage, project);
  if (folder === undefined) return missing(`${tfjsPackage} is not installed`, `run \`${installation(variant)}\``);
  try {
    const { version, module, binary, hasBinary } = inspectPackage(folder);
    const detail = `${shortName(variant)} ${version}`;
    const place = linkedProject(variant, startFolders(project));
    if (place === undefined) {
      if (hasBinary) return { found: true, detail, folder, module, binding: join(folder, binary) };
      return missing(
        `${tfjsPackage} ${version} is installed without its native binary (${binary} is missing in ${folder}), as after an install with --ignore-scripts or without network`,
        `run \`npm rebuild ${tfjsPackage}\` (pnpm: \`pnpm rebuild\`), which downloads it; or, with a TensorFlow on this machine, \`${linkCommandOf(variant)}\``,
      );
    }
    const linked = readLink(place, variant);
    const again = `run \`${linkCommandOf(variant)}\` again, or \`npx @dylora/backend-${id} unlink\``;
    if (linked.tfjsVersion !== version) {
      return missing(
        `the addon in ${place} was built from ${tfjsPackage} ${linked.tfjsVersion}, not ${version}`,
        again,
      );
    }
    const gone = [linked.libraries, linked.binding].find((path) => !existsSync(path));
    if (gone !== undefined) return missing(`${place} has linked a libtensorflow, but ${gone} is gone`, again);
    const library = `linked libtensorflow ${linked.version}`;
    return { found: true, detail: `${detail}, ${library}`, folder, module, binding: linked.binding };
  } catch (cause) {
    return missing(firstLine(cause), `run \`${installation(variant)}\``);
  }
}
