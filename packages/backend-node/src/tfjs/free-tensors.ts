import type { DataId, KernelBackend } from "@tensorflow/tfjs-core";

/** The part of tfjs-node's backend in which its tensors are listed. */
interface TensorList {
  readonly tensorMap?: { set(dataId: DataId, value: unknown): void; delete(dataId: DataId): boolean };
}

const watched = new WeakSet<KernelBackend>();

/** Lets a backend of tfjs-node free its tensors when it is disposed: of itself it leaves them in libtensorflow. */
export function freeTensorsWith(backend: KernelBackend): void {
  const { tensorMap } = backend as TensorList;
  if (tensorMap === undefined || watched.has(backend)) return;
  watched.add(backend);
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
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    for (const dataId of [...alive]) backend.disposeData(dataId, true);
    dispose();
  };
}
