import { BackendError } from "@dylora/errors";
import type { BackendDescriptor } from "../contract/backend.ts";
import { backendNames } from "./backend-names.ts";

interface NodeProcess {
  getBuiltinModule?(name: "node:module"): { createRequire(from: string): { resolve(name: string): string } };
  getBuiltinModule?(name: "node:url"): { pathToFileURL(path: string): { href: string } };
  argv: string[];
  cwd(): string;
}

/** Resolves from the running program's own location: a strict node_modules hides siblings from this package. */
function resolverOfProgram(): ((name: string) => string | undefined) | undefined {
  const node = (globalThis as { process?: NodeProcess }).process;
  if (node?.getBuiltinModule === undefined) return undefined;
  const { createRequire } = node.getBuiltinModule("node:module");
  const { pathToFileURL } = node.getBuiltinModule("node:url");
  const roots = [node.argv[1], `${node.cwd()}/index.js`].filter((root): root is string => root !== undefined);
  return (name) => {
    for (const root of roots) {
      try {
        return pathToFileURL(createRequire(root).resolve(name)).href;
      } catch {
        // not installed there; the next place may have it
      }
    }
    return undefined;
  };
}

/** Stands in for a package that cannot even be imported, so that the others are still tried. */
function broken(name: string, cause: unknown): BackendDescriptor {
  const reason = `${name} cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`;
  const remedy = "install it anew or remove it";
  return {
    id: name.replace("@dylora/backend-", ""),
    contract: 1,
    available: async () => ({ available: false, reason, remedy }),
    init: async () => {
      throw new BackendError("backend_unavailable", `${reason}; ${remedy}`, { cause });
    },
  };
}

/**
 * Descriptors of the backend packages installed beside the running program, fastest first. Empty in a browser.
 *
 * @param resolve gives the URL of a package's module, or undefined when it is not installed
 * @param importModule imports a module by URL
 */
export async function installedDescriptors(
  resolve = resolverOfProgram(),
  importModule: (url: string) => Promise<unknown> = (url) => import(/* @vite-ignore */ /* webpackIgnore: true */ url),
): Promise<BackendDescriptor[]> {
  const found: BackendDescriptor[] = [];
  for (const name of backendNames.map((short) => `@dylora/backend-${short}`)) {
    const url = resolve?.(name);
    if (url === undefined) continue;
    try {
      const { descriptor } = (await importModule(url)) as { descriptor?: BackendDescriptor };
      if (descriptor !== undefined) found.push(descriptor);
    } catch (cause) {
      found.push(broken(name, cause));
    }
  }
  return found;
}
