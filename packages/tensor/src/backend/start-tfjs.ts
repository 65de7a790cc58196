import { BackendError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";

type Factory = () => tf.KernelBackend | Promise<tf.KernelBackend>;

/** A running backend, with what is needed to start it again: tfjs forgets a backend that is removed. */
interface RunningBackend {
  readonly factory: Factory;
  users: number;
}

const running = new Map<string, RunningBackend>();
let turn: Promise<unknown> = Promise.resolve();

/** Runs tasks one after another. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = turn.then(task);
  turn = result.catch(() => undefined);
  return result;
}

/**
 * Starts a backend that is registered with tfjs-core and makes it the active one: the heart of a descriptor's `init`.
 * Starts may overlap (tfjs alone loses one of them) and may be repeated, also after the backend was stopped.
 *
 * @param tfjsName name under which the backend is registered with tfjs-core
 * @param remedy what to try when it does not start, for the error message
 * @returns stops this start; the backend is freed when every start of it has been stopped. Calling it twice does nothing
 * @throws BackendError `backend_failed` when the backend is not registered or does not start; the backend that was
 * active before stays active
 */
export function startTfjs(tfjsName: string, remedy: string): Promise<() => void> {
  return inTurn(async () => {
    const entry = runningBackend(tfjsName);
    if (entry === undefined) {
      throw new BackendError("backend_failed", `no backend "${tfjsName}" is registered with tfjs; ${remedy}`);
    }
    const before: string | null | undefined = tf.getBackend();
    let cause: unknown;
    const started = await tf.setBackend(tfjsName).catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (!started) {
      if (before != null && before !== tfjsName) await tf.setBackend(before);
      throw new BackendError("backend_failed", `tfjs's backend "${tfjsName}" did not start; ${remedy}`, { cause });
    }
    entry.users++;
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      entry.users--;
      if (entry.users === 0 && running.get(tfjsName) === entry) remove(tfjsName);
    };
  });
}

function runningBackend(tfjsName: string): RunningBackend | undefined {
  const known = running.get(tfjsName);
  const registered = tf.findBackendFactory(tfjsName) as Factory | null;
  if (known !== undefined && registered !== null) return known;
  const factory = registered ?? known?.factory;
  if (factory === undefined) return undefined;
  if (registered === null) tf.registerBackend(tfjsName, factory);
  const entry = { factory, users: 0 };
  running.set(tfjsName, entry);
  return entry;
}

function remove(tfjsName: string): void {
  if (tf.findBackendFactory(tfjsName) === null) return;
  const backend = tf.findBackend(tfjsName) as tf.KernelBackend | null;
  tf.removeBackend(tfjsName);
  if (backend === null) return;
  // Owners may dispose their tensors after the backend. Where it can no longer do that, only tfjs's books are left.
  const disposeData = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    try {
      return disposeData(dataId, force);
    } catch {
      return true;
    }
  };
}
