import { BackendError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";

type Factory = () => tf.KernelBackend | Promise<tf.KernelBackend>;

/** A running engine, with what is needed to start it again: tfjs forgets an engine that is removed. */
interface RunningEngine {
  readonly factory: Factory;
  users: number;
}

const engines = new Map<string, RunningEngine>();
let turn: Promise<unknown> = Promise.resolve();

/** Runs tasks one after another. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = turn.then(task);
  turn = result.catch(() => undefined);
  return result;
}

/**
 * Starts an engine that is registered with tfjs-core and makes it the active one: the heart of a descriptor's `init`.
 * Starts may overlap (tfjs alone loses one of them) and may be repeated, also after the engine was stopped.
 *
 * @param tfjsName name under which the engine is registered with tfjs-core
 * @param remedy what to try when it does not start, for the error message
 * @returns stops this start; the engine is freed when every start of it has been stopped. Calling it twice does nothing
 * @throws BackendError `backend_failed` when the engine is not registered or does not start; the engine that was
 * active before stays active
 */
export function startTfjs(tfjsName: string, remedy: string): Promise<() => void> {
  return inTurn(async () => {
    const engine = engineOf(tfjsName);
    if (engine === undefined) {
      throw new BackendError("backend_failed", `no engine "${tfjsName}" is registered with tfjs; ${remedy}`);
    }
    const before: string | null | undefined = tf.getBackend();
    let cause: unknown;
    const started = await tf.setBackend(tfjsName).catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (!started) {
      if (before != null && before !== tfjsName) await tf.setBackend(before);
      throw new BackendError("backend_failed", `tfjs's engine "${tfjsName}" did not start; ${remedy}`, { cause });
    }
    engine.users++;
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      engine.users--;
      if (engine.users === 0 && engines.get(tfjsName) === engine) remove(tfjsName);
    };
  });
}

function engineOf(tfjsName: string): RunningEngine | undefined {
  const known = engines.get(tfjsName);
  const registered = tf.findBackendFactory(tfjsName) as Factory | null;
  if (known !== undefined && registered !== null) return known;
  const factory = registered ?? known?.factory;
  if (factory === undefined) return undefined;
  if (registered === null) tf.registerBackend(tfjsName, factory);
  const engine = { factory, users: 0 };
  engines.set(tfjsName, engine);
  return engine;
}

function remove(tfjsName: string): void {
  if (tf.findBackendFactory(tfjsName) === null) return;
  const backend = tf.findBackend(tfjsName) as tf.KernelBackend | null;
  tf.removeBackend(tfjsName);
  if (backend === null) return;
  // Owners may dispose their tensors after the engine. Where it can no longer do that, only tfjs's books are left.
  const disposeData = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    try {
      return disposeData(dataId, force);
    } catch {
      return true;
    }
  };
}
