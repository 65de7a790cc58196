import type { DataId, KernelBackend } from "@tensorflow/tfjs-core";

/** The part of tfjs-node's engine in which its tensors are listed. */
interface TensorList {
  readonly tensorMap?: { set(dataId: DataId, value: unknown): void; delete(dataId: DataId): boolean };
}

const watched = new WeakSet<KernelBackend>();

/** Lets an engine of tfjs-node free its tensors when it is disposed: of itself it leaves them in libtensorflow. */
export function freeTensorsWith(engine: KernelBackend): void {
  const { tensorMap } = engine as TensorList;
  if (tensorMap === undefined || watched.has(engine)) return;
  watched.add(engine);
  const alive = new Set<DataId>();
  const set = tensorMap.set.bind(tensorMap);
  const remove = tensorMap.delete.bind(tensorMap);
  tensorMap.set = (dataId, value) => {
    alive.add(dataId);
    set(dataId, value);
  };
  tensorMap.delete = (dataId) => {
    alive.delete(dataId);
    return remove(dataId);
  };
  const dispose = engine.dispose.bind(engine);
  engine.dispose = () => {
    for (const dataId of [...alive]) engine.disposeData(dataId, true);
    dispose();
  };
}
