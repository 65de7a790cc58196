import { ConfigError } from "@dylora/errors";
import type { Backend, BackendDescriptor } from "@dylora/tensor";
import { locatePackage } from "./locate-package.ts";

/** Backends by the short name of their package `@dylora/backend-<name>`, fastest first: the order of `auto`. */
export const backendNames = ["node-gpu", "native", "webgpu", "node", "wasm"] as const;

/** A backend's package: its descriptor, or why there is none. */
export type BackendPackage =
  | { readonly name: string; readonly descriptor: BackendDescriptor }
  | { readonly name: string; readonly reason: string; readonly remedy: string };

const packageOf = (name: string): string => (/^[\w-]+$/.test(name) ? `@dylora/backend-${name}` : name);

/** What a backend's package exports; backends that can compute in bfloat16 have a descriptor for it. */
interface BackendModule {
  readonly descriptor?: BackendDescriptor;
  readonly bfloat16?: () => BackendDescriptor;
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
  const specifier = packageOf(name);
  const importPackage = async (): Promise<BackendModule | undefined> => {
    if (name === "wasm") return import("@dylora/backend-wasm");
    if (name === "node") {
      const { descriptor, nodeBackend } = await import("@dylora/backend-node");
      return { descriptor, bfloat16: () => nodeBackend({ precision: "bfloat16" }) };
    }
    if (name === "node-gpu") return import("@dylora/backend-node-gpu");
    if (name === "native") {
      const { descriptor, nativeBackend } = await import("@dylora/backend-native");
      return { descriptor, bfloat16: () => nativeBackend({ precision: "bfloat16" }) };
    }
    const url = locatePackage(specifier);
    return url === undefined ? undefined : import(/* @vite-ignore */ url);
  };
  try {
    const loaded = await importPackage();
    if (loaded === undefined) {
      return { name, reason: `the package ${specifier} is not installed`, remedy: `npm install ${specifier}` };
    }
    if (precision === "bfloat16" && loaded.bfloat16 !== undefined)
      return { name: choice, descriptor: loaded.bfloat16() };
    if (precision !== "float32") {
      const remedy = `use ${name} for float32, or native:bfloat16`;
      return { name: choice, reason: `${specifier} does not compute in ${precision}`, remedy };
    }
    if (loaded.descriptor !== undefined) return { name, descriptor: loaded.descriptor };
    return { name, reason: `${specifier} exports no descriptor`, remedy: "name the package of a backend" };
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { name, reason: `${specifier} cannot be loaded: ${problem}`, remedy: "install it anew, or choose another" };
  }
}

/**
 * Starts the backend that `--backend` asks for.
 *
 * @param choice `auto`, a short name, or a package
 * @returns the started backend; the caller disposes it
 * @throws ConfigError `unknown_backend` for a package that is not there; BackendError `backend_unavailable` when the
 * backend cannot run here
 *
 * @experimental
 */
export async function startBackend(choice: string): Promise<Backend> {
  const { useBackend } = await import("@dylora/tensor");
  const packages = await Promise.all((choice === "auto" ? backendNames : [choice]).map(openBackend));
  const descriptors = packages.flatMap((found) => ("descriptor" in found ? [found.descriptor] : []));
  const [first] = packages;
  if (choice !== "auto" && first !== undefined && "reason" in first) {
    throw new ConfigError("unknown_backend", `'backend' ${choice}: ${first.reason}; ${first.remedy}`);
  }
  return useBackend(descriptors.length === 1 ? (descriptors[0] as BackendDescriptor) : descriptors);
}
