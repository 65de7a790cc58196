import { BackendError, DyloraError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";
import type { Availability, Backend, BackendDescriptor, StartedBackend } from "../contract/backend.ts";
import { installedDescriptors } from "./auto-backends.ts";

/** What {@link useBackend} found about one candidate. */
export interface BackendProbe {
  /** The candidate's identifier. */
  readonly id: string;
  /** Its own answer. */
  readonly availability: Availability;
}

let active: { readonly started: StartedBackend; readonly backend: Backend } | undefined;
let turn: Promise<unknown> = Promise.resolve();

/**
 * Asks each candidate, in order, whether it can run here. Starts nothing.
 *
 * @param candidates descriptors in order of preference
 */
export async function probeBackends(candidates: readonly BackendDescriptor[]): Promise<BackendProbe[]> {
  return Promise.all(
    candidates.map(async (candidate) => ({ id: candidate.id, availability: await candidate.available() })),
  );
}

async function start(descriptor: BackendDescriptor): Promise<Backend> {
  const availability = await descriptor.available();
  if (!availability.available) {
    throw new BackendError(
      "backend_unavailable",
      `backend "${descriptor.id}" cannot run here: ${availability.reason}; ${availability.remedy}`,
      { details: { id: descriptor.id } },
    );
  }
  const started = await descriptor.init();
  if (active?.started === started) return active.backend;
  active?.started.dispose();
  const dispose = (): void => started.dispose();
  active = { started, backend: { ...started, dispose, [Symbol.dispose]: dispose } };
  return active.backend;
}

/** The candidates in order, those that would compute in software last. Each is asked when its turn comes. */
async function* softwareLast(candidates: readonly BackendDescriptor[]): AsyncGenerator<BackendDescriptor> {
  const inSoftware: BackendDescriptor[] = [];
  for (const candidate of candidates) {
    const availability = await candidate.available();
    if (availability.available && availability.software) inSoftware.push(candidate);
    else yield candidate;
  }
  yield* inSoftware;
}

async function startFirst(candidates: readonly BackendDescriptor[]): Promise<Backend> {
  const reasons: string[] = [];
  for await (const candidate of softwareLast(candidates)) {
    try {
      return await start(candidate);
    } catch (error) {
      if (!DyloraError.isInstance(error)) throw error;
      reasons.push(error.message);
    }
  }
  const found = reasons.length === 0 ? "no backend package is installed" : reasons.join("; ");
  throw new BackendError(
    "backend_unavailable",
    `no tensor backend can run here (${found}); install @dylora/backend-wasm`,
  );
}

/**
 * Starts a tensor backend and makes it the active one. The backend that this function started before is disposed, with
 * every tensor on it (unless it is the same backend). Calls may overlap: the backend of the last one stays.
 *
 * @param choice a descriptor; a list of descriptors, of which the first that can be started is taken (one that would
 * compute in software in place of its device comes last); or `"auto"`:
 * the `@dylora/backend-*` packages installed beside the running program, fastest first (Node only; a browser
 * bundle passes a list, so that the bundler sees what to include)
 * @returns the started backend; the caller may `dispose()` it
 * @throws BackendError `backend_unavailable` when none can run; the message lists each candidate's reason. The backend
 * that was active before stays active
 *
 * @example
 * ```ts
 * import { useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 *
 * const backend = await useBackend(wasmBackend());
 * console.log(backend.id, backend.capabilities.precision);
 * backend.dispose();
 * ```
 */
export function useBackend(
  choice: "auto" | BackendDescriptor | readonly BackendDescriptor[] = "auto",
): Promise<Backend> {
  // One after another, so that the backend of the last call is the active one.
  const backend = turn.then(async () => {
    if (choice === "auto") return startFirst(await installedDescriptors());
    return "init" in choice ? start(choice) : startFirst(choice);
  });
  turn = backend.catch(() => undefined);
  return backend;
}

/** The backend started last by {@link useBackend}, while it is the one tfjs computes with. */
export function activeBackend(): Backend | undefined {
  return active !== undefined && active.backend.tfjsName === tf.getBackend() ? active.backend : undefined;
}
