import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { BackendError } from "@dylora/errors";
import { type Availability, type BackendDescriptor, registerGradients, startTfjsEngine } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { inspectPackage, locatePackage } from "./installed-package.ts";
import { restoreUtil } from "./util-shim.ts";

/** Settings of {@link nodeBackend}. */
export interface NodeBackendOptions {
  /** Folder of `@tensorflow/tfjs-node`; default: found from this package or from the running program. */
  readonly packageFolder?: string;
  /** Imports a module by its file URL; default: `import()`. */
  readonly importModule?: (url: string) => Promise<unknown>;
}

/** Parts of tfjs-node's engine that are read here. */
interface TensorflowEngine {
  readonly isGPUPackage?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

const tfjsName = "tensorflow";
const installation = "npm install @tensorflow/tfjs-node@4.22.0";

function look(folder: string | undefined): Availability & { readonly module?: string } {
  if (folder === undefined) {
    return { available: false, reason: "@tensorflow/tfjs-node is not installed", remedy: `run \`${installation}\`` };
  }
  try {
    const { version, module, binary, hasBinary } = inspectPackage(folder);
    if (hasBinary) return { available: true, detail: `tfjs-node ${version}`, module };
    return {
      available: false,
      reason: `@tensorflow/tfjs-node ${version} is installed without its native binary (${binary} is missing in ${folder}), as after an install with --ignore-scripts or without network`,
      remedy:
        "run `npm rebuild @tensorflow/tfjs-node` (pnpm: `pnpm rebuild`), which downloads it, or use @dylora/backend-wasm",
    };
  } catch (cause) {
    const reason = `${folder} is not a folder of @tensorflow/tfjs-node: ${firstLine(cause)}`;
    return { available: false, reason, remedy: `run \`${installation}\`` };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

function runningEngine(): TensorflowEngine | undefined {
  if (tf.findBackendFactory(tfjsName) === null) return undefined;
  return (tf.findBackend(tfjsName) as TensorflowEngine | null) ?? undefined;
}

/** Both packages register the same name, and whichever came first would silently be used. */
function refuseGpuPackage(): void {
  if (runningEngine()?.isGPUPackage !== true) return;
  throw new BackendError(
    "backend_conflict",
    "@tensorflow/tfjs-node-gpu is already loaded in this process and cannot be mixed with @tensorflow/tfjs-node; " +
      "load one of the two",
  );
}

/**
 * tfjs-node: libtensorflow on the CPU, all cores. The package `@tensorflow/tfjs-node` is an optional peer and is
 * imported by `init` alone, with what it misses in Node 23 and newer put back first.
 *
 * @example
 * ```ts
 * import { nodeBackend } from "@dylora/backend-node";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { useBackend } from "@dylora/tensor";
 *
 * const backend = await useBackend([nodeBackend(), wasmBackend()]);
 * console.log(backend.id, backend.detail);
 * ```
 */
export function nodeBackend(options: NodeBackendOptions = {}): BackendDescriptor {
  const { importModule = (url) => import(url) } = options;
  const state = () => look(options.packageFolder ?? locatePackage());
  return {
    id: "node",
    contract: 1,
    async available() {
      const { module: _, ...availability } = state();
      return availability as Availability;
    },
    async init() {
      const found = state();
      if (!found.available) {
        throw new BackendError("backend_unavailable", `${found.reason}; ${found.remedy}`);
      }
      refuseGpuPackage();
      restoreUtil();
      // Errors still show; TensorFlow's own start-up notes do not.
      process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
      const before: string | null | undefined = tf.getBackend();
      try {
        await importModule(pathToFileURL(found.module ?? "").href);
      } catch (cause) {
        throw new BackendError(
          "backend_failed",
          `${found.detail} cannot be loaded: ${firstLine(cause)}; run \`npm rebuild @tensorflow/tfjs-node\`, or use @dylora/backend-wasm`,
          { cause },
        );
      }
      refuseGpuPackage();
      // The import has made its engine the active one; what was before it is what a failing start goes back to.
      if (before != null && before !== tf.getBackend()) await tf.setBackend(before);
      const dispose = await startTfjsEngine(tfjsName, `run \`${installation}\` anew`);
      registerGradients();
      const threads = availableParallelism();
      const bfloat16 = process.env.ONEDNN_DEFAULT_FPMATH_MODE === "BF16";
      const library = runningEngine()?.binding?.TF_Version;
      return {
        id: "node",
        tfjsName,
        detail: `${found.detail}${library === undefined ? "" : `, libtensorflow ${library}`}, CPU, ${threads} threads`,
        capabilities: {
          syncRead: true,
          precision: bfloat16 ? "bfloat16" : "float32",
          tolerance: bfloat16 ? 3e-2 : 1e-5,
          threads,
        },
        dispose,
      };
    },
  };
}

/** The engine with default settings, as `useBackend("auto")` looks for it. */
export const descriptor: BackendDescriptor = nodeBackend();
