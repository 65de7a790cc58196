import { BackendError } from "@dylora/errors";
import { installedDescriptors } from "./auto-backends.ts";
import type { Availability, Backend, BackendDescriptor } from "./backend.ts";

/** What {@link useBackend} found about one candidate. */
export interface BackendProbe {
  /** The candidate's identifier. */
  readonly id: string;
  /** Its own answer. */
  readonly availability: Availability;
}

let active: Backend | undefined;

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
  const backend = await descriptor.init();
  if (active !== undefined && active !== backend && active.tfjsName !== backend.tfjsName) active.dispose();
  active = backend;
  return backend;
}

/**
 * Starts a tensor engine and makes it the active one. The engine that was active before is disposed.
 *
 * @param choice a descriptor; a list of descriptors, of which the first that can run is taken; or `"auto"`:
 * the `@dylora/backend-*` packages installed beside the running program, fastest first (Node only; a browser
 * bundle passes a list, so that the bundler sees what to include)
 * @returns the started engine; the caller may `dispose()` it
 * @throws BackendError `backend_unavailable` when none can run; the message lists each candidate's reason
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
export async function useBackend(
  choice: "auto" | BackendDescriptor | readonly BackendDescriptor[] = "auto",
): Promise<Backend> {
  if (choice !== "auto" && !Array.isArray(choice)) return start(choice as BackendDescriptor);
  const candidates = choice === "auto" ? await installedDescriptors() : (choice as readonly BackendDescriptor[]);
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const availability = await candidate.available();
    if (availability.available) return start(candidate);
    reasons.push(`${candidate.id}: ${availability.reason}`);
  }
  const found = reasons.length === 0 ? "no backend package is installed" : reasons.join("; ");
  throw new BackendError(
    "backend_unavailable",
    `no tensor engine can run here (${found}); install @dylora/backend-wasm`,
  );
}

/** The engine started last by {@link useBackend}, if any. */
export function activeBackend(): Backend | undefined {
  return active;
}
