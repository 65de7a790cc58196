import { activeBackend, type Backend } from "@dylora/tensor";
import { startBackend } from "./backends.ts";

/** A backend in use, which is disposed with the last one that uses it, where it was started for such. */
export interface BackendLease {
  /** The backend. */
  readonly backend: Backend;
  /** Gives it back. What still computes on it must be disposed before. */
  release(): void;
}

/** How many leases of backends that were started here are out. */
const leases = new WeakMap<Backend, number>();

/** The active backend where it is what is asked for: any will do, or it is the one of that name. */
function activeFor(choice: string): Backend | undefined {
  const active = activeBackend();
  return choice === "auto" || active?.id === choice ? active : undefined;
}

/**
 * The backend that is active, or else a new one. One that somebody else started stays when it is given back.
 *
 * @param choice `auto`, a short name such as `wasm`, or a package
 * @throws ConfigError and BackendError as {@link startBackend}
 */
export async function leaseBackend(choice: string): Promise<BackendLease> {
  const active = activeFor(choice);
  const backend = active ?? (await startBackend(choice));
  const ours = active === undefined || leases.has(backend);
  if (ours) leases.set(backend, (leases.get(backend) ?? 0) + 1);
  let released = false;
  return {
    backend,
    release() {
      if (released || !ours) return;
      released = true;
      const left = (leases.get(backend) ?? 1) - 1;
      leases.set(backend, left);
      if (left > 0) return;
      leases.delete(backend);
      backend.dispose();
    },
  };
}
