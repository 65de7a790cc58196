import { availableParallelism } from "node:os";
import { BackendError } from "@dylora/errors";
import type { Availability, BackendDescriptor } from "@dylora/tensor";
import { findBinding } from "./find-binding.ts";
import { libraryVariable } from "./process-library.ts";
import { startTfjsNode, tfjsName } from "./tfjs/start-tfjs-node.ts";
import { nodeVariant } from "./variant.ts";

/** Settings of {@link nodeBackend}. */
export interface NodeBackendOptions {
  /**
   * Arithmetic of products: `float32`, or `bfloat16`, in which oneDNN may round their operands to bfloat16 where the CPU
   * multiplies that faster (AVX-512 bf16, AMX). libtensorflow reads it once, when it is loaded. Default: what
   * the variable `ONEDNN_DEFAULT_FPMATH_MODE` says, else `float32`.
   */
  readonly precision?: "float32" | "bfloat16";
  /** Folder in the project whose tfjs-node and linked libtensorflow are used; default: the running program's. */
  readonly project?: string;
}

const mode = "ONEDNN_DEFAULT_FPMATH_MODE";
const modes = { float32: "STRICT", bfloat16: "BF16" } as const;

/** Float32: rounding of sums as in any other backend. Bfloat16: numbers keep 8 significant bits. */
const tolerances = { float32: 1e-5, bfloat16: 3e-2 } as const;

/** What oneDNN does: strict is also what it does where nobody has said anything. */
const modeInForce = (): string => libraryVariable(mode) || modes.float32;

/**
 * tfjs-node: libtensorflow on the CPU, all cores. The package `@tensorflow/tfjs-node` is an optional peer and is
 * imported by `init` alone, with what it misses in Node 23 and newer put back first, on the libtensorflow that the
 * project has linked (`npx @dylora/backend-node link`), else on the one it came with.
 *
 * @example
 * ```ts
 * import { nodeBackend } from "@dylora/backend-node";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { useBackend } from "@dylora/tensor";
 *
 * const backend = await useBackend([nodeBackend({ precision: "float32" }), wasmBackend()]);
 * console.log(backend.id, backend.detail);
 * ```
 */
export function nodeBackend(options: NodeBackendOptions = {}): BackendDescriptor {
  const { precision: wanted, project } = options;
  const search = () => findBinding(nodeVariant, project);
  return {
    id: nodeVariant.id,
    contract: 1,
    async available(): Promise<Availability> {
      const result = search();
      return result.found
        ? { available: true, detail: result.detail }
        : { available: false, reason: result.reason, remedy: result.remedy };
    },
    async init() {
      const found = search();
      if (!found.found) throw new BackendError("backend_unavailable", `${found.reason}; ${found.remedy}`);
      const asked = wanted !== undefined && modeInForce() !== modes[wanted];
      const { detail, dispose } = await startTfjsNode(nodeVariant, found, asked ? { [mode]: modes[wanted] } : {});
      const precision = modeInForce() === modes.bfloat16 ? "bfloat16" : "float32";
      const threads = availableParallelism();
      return {
        id: nodeVariant.id,
        tfjsName,
        detail: `${detail}, CPU, ${precision}, ${threads} threads`,
        capabilities: { syncRead: true, precision, tolerance: tolerances[precision], threads },
        dispose,
      };
    },
  };
}

/** The backend with default settings, as `useBackend("auto")` looks for it. */
export const descriptor: BackendDescriptor = nodeBackend();

/** The backend in bfloat16, as `--backend node:bfloat16` looks for it. */
export const bfloat16Descriptor: BackendDescriptor = nodeBackend({ precision: "bfloat16" });
