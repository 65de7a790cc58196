import { ConfigError } from "@dylora/errors";
import { type Backend, type BackendDescriptor, type BackendName, backendNames, useBackend } from "@dylora/tensor";
import { locatePackage } from "./locate-package.ts";

/** What a backend's package exports. */
interface BackendModule {
  readonly descriptor?: BackendDescriptor;
  /** The backend in the lower precision, where it has one. */
  readonly bfloat16Descriptor?: BackendDescriptor;
}

/** Backends that are installed with this package; the others are looked for beside it and beside the program. */
const installed: Readonly<Partial<Record<BackendName, () => Promise<BackendModule>>>> = {
  "node-gpu": () => import("@dylora/backend-node-gpu"),
  native: () => import("@dylora/backend-native"),
  node: () => import("@dylora/backend-node"),
  wasm: () => import("@dylora/backend-wasm"),
};

/** A backend's package: its descriptor, or why there is none. */
export type BackendPackage =
  | { readonly name: string; readonly descriptor: BackendDescriptor }
  | { readonly name: string; readonly reason: string; readonly remedy: string };

/** The package that a short name or a specifier means. */
export const backendPackage = (name: string): string => (/^[\w-]+$/.test(name) ? `@dylora/backend-${name}` : name);

/** Imports a backend's package; undefined when it is not installed. */
async function importBackend(name: string): Promise<BackendModule | undefined> {
  if (Object.hasOwn(installed, name)) return installed[name as BackendName]?.();
  const url = locatePackage(backendPackage(name));
  return url === undefined ? undefined : import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}

/**
 * Imports a backend's package, without starting the backend.
 *
 * @param choice short name, or the specifier of any package that exports `descriptor`; `native:bfloat16` and
 * `node:bfloat16` are those backends in the lower precision
 *
 * @experimental
 */
export async function openBackend(choice: string): Promise<BackendPackage> {
  const [, name = choice, precision = "float32"] = /^([\w-]+):(\w+)$/.exec(choice) ?? [];
  const specifier = backendPackage(name);
  try {
    const found = await importBackend(name);
    if (found === undefined) {
      return { name, reason: `the package ${specifier} is not installed`, remedy: `npm install ${specifier}` };
    }
    if (precision === "bfloat16" && found.bfloat16Descriptor !== undefined) {
      return { name: choice, descriptor: found.bfloat16Descriptor };
    }
    if (precision !== "float32") {
      const remedy = `use ${name} for float32, or native:bfloat16`;
      return { name: choice, reason: `${specifier} does not compute in ${precision}`, remedy };
    }
    if (found.descriptor !== undefined) return { name, descriptor: found.descriptor };
    return { name, reason: `${specifier} exports no descriptor`, remedy: "name the package of a backend" };
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { name, reason: `${specifier} cannot be loaded: ${problem}`, remedy: "install it anew, or choose another" };
  }
}

/**
 * Starts the backend that `backend` asks for.
 *
 * @param choice `auto`, a short name, or a package
 * @returns the started backend; the caller disposes it
 * @throws ConfigError `unknown_backend` for a package that is not there; BackendError `backend_unavailable` when the
 * backend cannot run here
 *
 * @experimental
 */
export async function startBackend(choice: string): Promise<Backend> {
  const packages = await Promise.all((choice === "auto" ? backendNames : [choice]).map(openBackend));
  const descriptors = packages.flatMap((found) => ("descriptor" in found ? [found.descriptor] : []));
  const [first] = packages;
  if (choice !== "auto" && first !== undefined && "reason" in first) {
    throw new ConfigError("unknown_backend", `'backend' ${choice}: ${first.reason}; ${first.remedy}`);
  }
  return useBackend(descriptors.length === 1 ? (descriptors[0] as BackendDescriptor) : descriptors);
}
