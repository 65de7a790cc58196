/** What this package reads of an adapter's description; tfjs's own types are older than it. */
interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** A WebGPU adapter with its description. */
export type Adapter = GPUAdapter & { readonly info: AdapterInfo };

/** An adapter that answers, or why there is none. */
export type AdapterSearch =
  | { readonly gpu: GPU; readonly adapter: Adapter }
  | { readonly reason: string; readonly remedy: string };

interface Dawn {
  create(flags: string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

const inNode = (): boolean => (globalThis as { process?: NodeJS.Process }).process?.versions?.node !== undefined;
const browserGpu = (): GPU | undefined => (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;

/** A package that need not be there. Its name is an argument, so that no bundler looks for it. */
const importNamed = (name: string): Promise<unknown> => import(/* @vite-ignore */ /* webpackIgnore: true */ name);

let dawn: Promise<GPU> | undefined;

/** One Dawn for the process: its start takes tens of milliseconds. It does not keep the process alive. */
async function startDawn(): Promise<GPU> {
  const { create, globals } = (await importNamed("webgpu")) as Dawn;
  // tfjs reads GPUBufferUsage and its like as globals.
  for (const [key, value] of Object.entries(globals)) {
    if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  }
  return create([]);
}

async function findGpu(): Promise<GPU | { readonly reason: string; readonly remedy: string }> {
  const present = browserGpu();
  if (present !== undefined) return present;
  if (!inNode()) {
    return {
      reason: "this browser offers no WebGPU, or the page is not served over https",
      remedy: "use a current Chrome, Edge, Firefox or Safari, or @dylora/backend-wasm",
    };
  }
  try {
    dawn ??= startDawn();
    return await dawn;
  } catch (cause) {
    dawn = undefined;
    if ((cause as { code?: string }).code === "ERR_MODULE_NOT_FOUND") {
      return { reason: "the package webgpu is not installed", remedy: "run `npm install webgpu`" };
    }
    const [problem] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    return { reason: `the package webgpu cannot be loaded: ${problem}`, remedy: "install it anew" };
  }
}

/** Asks the browser, or Dawn in Node, for an adapter. */
export async function findAdapter(powerPreference: GPUPowerPreference): Promise<AdapterSearch> {
  const gpu = await findGpu();
  if ("reason" in gpu) return gpu;
  const adapter = (await gpu.requestAdapter({ powerPreference })) as Adapter | null;
  if (adapter !== null) return { gpu, adapter };
  return {
    reason: "no GPU driver answers (Vulkan, Metal or Direct3D 12)",
    remedy: "install the GPU's driver (Linux: its Vulkan driver), or use @dylora/backend-wasm",
  };
}

/** True for an adapter that computes on the processor, such as Mesa's lavapipe or SwiftShader. */
export function isSoftware({ info }: Adapter): boolean {
  return info.isFallbackAdapter === true || /^(software|swiftshader)$/i.test(info.architecture);
}

/** One line for people: what computes. */
export function describeAdapter(adapter: Adapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter((word) => word !== "").join(" ") || "unnamed GPU";
  return isSoftware(adapter) ? `${name}, in software` : name;
}

/**
 * Runs a function while `navigator.gpu` is there: tfjs's backend looks for it when it is made. In Node it goes again
 * at once, since it would keep the process from ending.
 */
export function withNavigatorGpu<T>(gpu: GPU, run: () => T): T {
  if (browserGpu() !== undefined) return run();
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return run();
  } finally {
    if (before === undefined) delete (globalThis as { navigator?: unknown }).navigator;
    else Object.defineProperty(globalThis, "navigator", before);
  }
}
