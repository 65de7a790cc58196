import {
  type BindingProbe,
  type FoundBinding,
  findBinding,
  linkCommandOf,
  nodeGpuVariant,
  probeBinding,
  startTfjsNode,
  tfjsName,
} from "@dylora/backend-node/libtensorflow";
import { BackendError, DyloraError } from "@dylora/errors";
import type { Availability, BackendDescriptor } from "@dylora/tensor";

/**
 * Settings of {@link nodeGpuBackend}. libtensorflow reads those about its work once, when it is loaded.
 *
 * @experimental
 */
export interface NodeGpuBackendOptions {
  /**
   * True: products may round their operands to TensorFloat-32 (10 bits after the point), which NVIDIA GPUs from Ampere on
   * multiply several times faster. Default: false, float32 throughout.
   */
  readonly tensorFloat32?: boolean;
  /**
   * True: GPU memory is taken as it is needed, so that others can use the GPU too. Default: TensorFlow's own, which is to
   * take almost all of it at the start, unless `TF_FORCE_GPU_ALLOW_GROWTH` says otherwise.
   */
  readonly memoryGrowth?: boolean;
  /** Folder in the project whose tfjs-node-gpu and linked libtensorflow are used; default: the running program's. */
  readonly project?: string;
}

/** Float32, and TensorFloat-32, whose rounding of 2⁻¹¹ is an eighth of bfloat16's. */
const tolerances = { float32: 1e-5, tensorFloat32: 4e-3 } as const;

/** Loads an addon in a process of its own and tells its device. */
type Probe = (binding: string) => Promise<Pick<BindingProbe, "device" | "message">>;

const probes = new Map<string, Promise<BindingProbe>>();

/** A device does not come or go while a process runs. */
function probeOnce(binding: string): Promise<BindingProbe> {
  const known = probes.get(binding) ?? probeBinding(binding);
  probes.set(binding, known);
  return known;
}

/** What libtensorflow must be loaded with. */
function environmentOf({ tensorFloat32 = false, memoryGrowth }: NodeGpuBackendOptions): Record<string, string> {
  return {
    ...(tensorFloat32 ? {} : { NVIDIA_TF32_OVERRIDE: "0" }),
    ...(memoryGrowth === undefined ? {} : { TF_FORCE_GPU_ALLOW_GROWTH: String(memoryGrowth) }),
  };
}

/** The backend, with its way to ask for a device. */
export function makeNodeGpuBackend(options: NodeGpuBackendOptions, probe: Probe): BackendDescriptor {
  const { tensorFloat32 = false, project } = options;
  const { id } = nodeGpuVariant;
  const remedy = `install the NVIDIA driver and the CUDA libraries that this libtensorflow asks for, or link one that fits them: \`${linkCommandOf(nodeGpuVariant)}\``;

  /** The addon and its device, or why there is none. */
  async function look(): Promise<Availability & { readonly found?: FoundBinding }> {
    const found = findBinding(nodeGpuVariant, project);
    if (!found.found) return { available: false, reason: found.reason, remedy: found.remedy };
    try {
      const { device, message } = await probe(found.binding);
      if (device !== undefined) return { available: true, detail: device, found };
      const said = message === undefined ? "" : ` (TensorFlow: ${message})`;
      return { available: false, reason: `${found.detail} works, but no GPU answers${said}`, remedy };
    } catch (error) {
      if (!DyloraError.isInstance(error)) throw error;
      return { available: false, reason: error.message, remedy };
    }
  }

  return {
    id,
    contract: 1,
    async available(): Promise<Availability> {
      const { found, ...availability } = await look();
      return availability.available && found !== undefined
        ? { available: true, detail: `${found.detail}, ${availability.detail}` }
        : availability;
    },
    async init() {
      const { found, ...availability } = await look();
      if (!availability.available || found === undefined) {
        const { reason } = availability as Extract<Availability, { available: false }>;
        throw new BackendError("backend_unavailable", `${reason}; ${remedy}`);
      }
      const { backend, detail, dispose } = await startTfjsNode(nodeGpuVariant, found, environmentOf(options));
      if (backend.isUsingGpuDevice !== true) {
        dispose();
        throw new BackendError(
          "backend_failed",
          `${detail} did not take ${availability.detail} in this process; ${remedy}`,
        );
      }
      return {
        id,
        tfjsName,
        detail: `${detail}, ${availability.detail}, ${tensorFloat32 ? "TensorFloat-32" : "float32"}`,
        capabilities: {
          syncRead: true,
          precision: "float32",
          tolerance: tensorFloat32 ? tolerances.tensorFloat32 : tolerances.float32,
          threads: 1,
        },
        dispose,
      };
    },
  };
}

/**
 * tfjs-node-gpu: libtensorflow on an NVIDIA GPU. The package `@tensorflow/tfjs-node-gpu` is an optional peer, imported by
 * `init` alone, on the libtensorflow that the project has linked (`npx @dylora/backend-node-gpu link`), else on the one it
 * came with. Without a GPU that answers, the backend is not available: it never falls back to the CPU in silence.
 *
 * `available` asks the GPU in a process of its own, which takes some seconds the first time.
 *
 * @example
 * ```ts
 * import { nodeGpuBackend } from "@dylora/backend-node-gpu";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { useBackend } from "@dylora/tensor";
 *
 * const backend = await useBackend([nodeGpuBackend({ memoryGrowth: true }), wasmBackend()]);
 * console.log(backend.id, backend.detail);
 * ```
 *
 * @experimental
 */
export function nodeGpuBackend(options: NodeGpuBackendOptions = {}): BackendDescriptor {
  return makeNodeGpuBackend(options, probeOnce);
}

/**
 * The backend with default settings, as `useBackend("auto")` looks for it.
 *
 * @experimental
 */
export const descriptor: BackendDescriptor = nodeGpuBackend();
