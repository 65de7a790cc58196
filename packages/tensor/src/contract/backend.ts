/// <reference lib="esnext.disposable" preserve="true" />
/** Whether a backend can be used on this machine now, and if not, why and what would help. */
export type Availability =
  | {
      /** It can be used. */
      readonly available: true;
      /** What would run: version, instruction set, threads. */
      readonly detail: string;
      /**
       * True where software stands in for the device the backend is made for (a GPU driver that computes on the CPU):
       * right, but slower than any CPU backend. A list of candidates takes it only when nothing else runs.
       */
      readonly software?: true;
    }
  | {
      /** It cannot be used. */
      readonly available: false;
      /** Why not. */
      readonly reason: string;
      /** What would help. */
      readonly remedy: string;
    };

/** What a backend can and cannot do; suites and callers read this instead of testing for names. */
export interface BackendCapabilities {
  /** True when tensors can be read synchronously (false on WebGPU). */
  readonly syncRead: boolean;
  /** Arithmetic of the frozen weights' products. Adapters, head and optimiser are always float32. */
  readonly precision: "float32" | "bfloat16";
  /** Absolute tolerance on logits of order one against a float64 reference. */
  readonly tolerance: number;
  /** Threads the backend computes with, when it knows. */
  readonly threads: number;
}

/** What a descriptor's `init` gives: a backend that has been started and is tfjs's active one. */
export interface StartedBackend {
  /** Our identifier, for instance `wasm`. An open set: any string a descriptor chooses. */
  readonly id: string;
  /** The name under which the backend is registered with tfjs-core (no underscore in it). */
  readonly tfjsName: string;
  /** One line for people: version, instruction set, device. */
  readonly detail: string;
  /** See {@link BackendCapabilities}. */
  readonly capabilities: BackendCapabilities;
  /**
   * Ends this start of the backend. The backend and every tensor on it are freed when each of its starts has ended (see
   * `startTfjs`, which counts them). Calling it twice does nothing.
   */
  dispose(): void;
}

/**
 * A running backend, as `useBackend` gives it.
 *
 * @example
 * ```ts
 * import { useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 *
 * const backend = await useBackend(wasmBackend()); // `using backend = ...` disposes it where its block ends
 * console.log(backend.id, backend.capabilities.precision); // wasm float32
 * backend.dispose();
 * ```
 */
export interface Backend extends StartedBackend {
  /** The same as {@link StartedBackend.dispose}. */
  [Symbol.dispose](): void;
}

/**
 * How a backend is offered: a plain object that does nothing until {@link BackendDescriptor.init} is called.
 * Write one to add a backend of your own; `testBackend` of `@dylora/test-kit` checks it.
 *
 * @example
 * ```ts
 * import { type BackendDescriptor, registerGradients, startTfjs, useBackend } from "@dylora/tensor";
 *
 * const abacus: BackendDescriptor = {
 *   id: "abacus",
 *   contract: 1,
 *   available: async () => ({ available: false, reason: "no beads", remedy: "thread some beads" }),
 *   async init() {
 *     // tf.registerBackend("abacus", () => new Abacus()) comes first
 *     const dispose = await startTfjs("abacus", "thread some beads");
 *     registerGradients();
 *     const capabilities = { syncRead: true, precision: "float32", tolerance: 1e-5, threads: 1 } as const;
 *     return { id: "abacus", tfjsName: "abacus", detail: "13 rods", capabilities, dispose };
 *   },
 * };
 * await useBackend(abacus).catch((error) => console.log(error.message)); // ... no beads; thread some beads
 * ```
 */
export interface BackendDescriptor {
  /** Identifier shown to people and accepted by the command line. */
  readonly id: string;
  /** Version of this contract the descriptor was written for. */
  readonly contract: 1;
  /** Looks without starting anything. Must not throw. */
  available(): Promise<Availability>;
  /**
   * Starts the backend and makes it tfjs's active one. The caller disposes the result.
   * @throws BackendError when it cannot start
   */
  init(): Promise<StartedBackend>;
}
