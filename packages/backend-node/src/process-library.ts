import { isMainThread } from "node:worker_threads";
import { BackendError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";
import { shortName, type Variant } from "./variant.ts";

/** Variables that libtensorflow reads once, when it is loaded. */
export type LibraryEnvironment = Readonly<Record<string, string>>;

interface Loaded {
  readonly id: string;
  readonly binding: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Shared by all copies of this package: a process has one libtensorflow, and it cannot be unloaded. */
const place = globalThis as { [key: symbol]: Loaded | undefined };
const key = Symbol.for("dylora.libtensorflow");

const conflict = (message: string): BackendError => new BackendError("backend_conflict", message);

/** tfjs's backend in this process, if its package was imported, by us or by others. */
export interface TensorflowBackend extends tf.KernelBackend {
  readonly isGPUPackage?: boolean;
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/** The running backend of either package. */
export function tensorflowBackend(): TensorflowBackend | undefined {
  if (tf.findBackendFactory("tensorflow") === null) return undefined;
  return (tf.findBackend("tensorflow") as TensorflowBackend | null) ?? undefined;
}

/** Both packages register the same name, and whichever came first would silently be used. */
export function refuseOtherVariant(variant: Variant): void {
  const gpu = variant.id === "node-gpu";
  const other = gpu ? "@tensorflow/tfjs-node" : "@tensorflow/tfjs-node-gpu";
  const loaded = place[key];
  const backend = tensorflowBackend();
  const isOther = loaded !== undefined && loaded.id !== variant.id;
  if (!isOther && (backend === undefined || (backend.isGPUPackage === true) === gpu)) return;
  throw conflict(
    `${other} is already loaded in this process and cannot be mixed with ${variant.tfjsPackage}; load one of the two`,
  );
}

/**
 * Prepares the process for loading an addon, or finds that it is loaded as wanted.
 *
 * @param binding path of the addon
 * @param wanted variables and what they must be when libtensorflow is loaded
 * @throws BackendError `backend_conflict` where what is loaded differs
 */
export function claimLibrary(variant: Variant, binding: string, wanted: LibraryEnvironment): void {
  refuseOtherVariant(variant);
  const loaded = place[key];
  const values = loaded?.environment ?? process.env;
  const differing = Object.keys(wanted).filter((name) => values[name] !== wanted[name]);
  const settings = differing.map((name) => `${name}=${wanted[name]}`).join(" ");
  if (loaded !== undefined) {
    const rest = "and stays so until the process ends; start another";
    if (loaded.binding !== binding) throw conflict(`${shortName(variant)} is loaded with ${loaded.binding} ${rest}`);
    if (settings === "") return;
    throw conflict(`libtensorflow was loaded without ${settings} ${rest}`);
  }
  if (differing.length > 0 && !isMainThread) {
    throw conflict(
      `a worker thread cannot set ${settings} for libtensorflow; set it in the environment of the process`,
    );
  }
  for (const name of differing) process.env[name] = wanted[name];
  // Errors still show; most of TensorFlow's own start-up notes do not.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
}

/** Remembers that an addon has been loaded. */
export function rememberLibrary({ id }: Variant, binding: string): void {
  place[key] ??= { id, binding, environment: { ...process.env } };
}

/** A variable as libtensorflow saw it, or would see it now. */
export function libraryVariable(name: string): string | undefined {
  return (place[key]?.environment ?? process.env)[name];
}
