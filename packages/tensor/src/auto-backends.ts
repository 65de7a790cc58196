import type { BackendDescriptor } from "./backend.ts";

/** Packages that `"auto"` looks for, fastest first. Each exports `descriptor`. */
const packages = [
  "@dylora/backend-node-gpu",
  "@dylora/backend-native",
  "@dylora/backend-webgpu",
  "@dylora/backend-node",
  "@dylora/backend-wasm",
] as const;

interface NodeProcess {
  getBuiltinModule?(name: string): { createRequire(from: string): { resolve(name: string): string } } | undefined;
  argv: string[];
  cwd(): string;
}

/** Resolves from the running program's own location: a strict node_modules hides siblings from this package. */
function resolverOfProgram(): ((name: string) => string | undefined) | undefined {
  const node = (globalThis as { process?: NodeProcess }).process;
  const module = node?.getBuiltinModule?.("node:module");
  if (node === undefined || module === undefined) return undefined;
  const roots = [node.argv[1], `${node.cwd()}/index.js`].filter((root): root is string => root !== undefined);
  return (name) => {
    for (const root of roots) {
      try {
        return module.createRequire(root).resolve(name);
      } catch {
        // not installed there; the next place may have it
      }
    }
    return undefined;
  };
}

/** Descriptors of the backend packages installed beside the running program, fastest first. Empty in a browser. */
export async function installedDescriptors(): Promise<BackendDescriptor[]> {
  const resolve = resolverOfProgram();
  if (resolve === undefined) return [];
  const found: BackendDescriptor[] = [];
  for (const name of packages) {
    const path = resolve(name);
    if (path === undefined) continue;
    const url = `file://${path.startsWith("/") ? "" : "/"}${path.replaceAll("\\", "/")}`;
    const module = (await import(/* @vite-ignore */ url)) as { descriptor?: BackendDescriptor };
    if (module.descriptor !== undefined) found.push(module.descriptor);
  }
  return found;
}
