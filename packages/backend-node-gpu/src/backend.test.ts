import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nodeBackend } from "@dylora/backend-node";
import type { BackendDescriptor } from "@dylora/tensor";
import { cpuBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeNodeGpuBackend, type NodeGpuBackendOptions } from "./backend.ts";
import { descriptor, nodeGpuBackend } from "./index.ts";

let project: string;

/** tfjs-node or tfjs-node-gpu as an install leaves it; importing it calls `importsTfjs` with its name. */
async function install(name: string): Promise<void> {
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(project, "node_modules", path)), { recursive: true });
    await writeFile(join(project, "node_modules", path), text);
  };
  const manifest = { name: `@tensorflow/${name}`, version: "4.22.0", main: "index.js" };
  await write(`@tensorflow/${name}/package.json`, JSON.stringify(manifest));
  await write(`@tensorflow/${name}/index.js`, `globalThis.importsTfjs("${name}");`);
  await write(`@tensorflow/${name}/lib/napi-v8/tfjs_binding.node`, "");
  await write("@mapbox/node-pre-gyp/index.js", 'exports.find = () => "";');
}

/** Registers a backend as importing one of the packages does, on tfjs's backend in JavaScript. */
async function registrar(usingGpu: boolean): Promise<(name: string) => void> {
  const stop = (await cpuBackend().init()).dispose;
  const factory = tf.findBackendFactory("cpu") as () => tf.KernelBackend;
  stop();
  return (name) => {
    const marks = { firstUse: false, isGPUPackage: name.endsWith("gpu"), isUsingGpuDevice: usingGpu };
    if (tf.getKernelsForBackend("tensorflow").length === 0) tf.copyRegisteredKernels("cpu", "tensorflow");
    tf.registerBackend("tensorflow", () => Object.assign(factory(), marks), 3);
    void tf.setBackend("tensorflow");
  };
}

const onImport = (does: (name: string) => void): void => {
  (globalThis as { importsTfjs?: typeof does }).importsTfjs = does;
};

beforeEach(async () => {
  for (const name of ["TF_FORCE_GPU_ALLOW_GROWTH", "NVIDIA_TF32_OVERRIDE"]) vi.stubEnv(name, undefined);
  project = await mkdtemp(join(tmpdir(), "dylora-gpu-"));
  await install("tfjs-node-gpu");
  onImport(await registrar(true));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  delete (globalThis as { [key: symbol]: unknown })[Symbol.for("dylora.libtensorflow")];
  if (tf.findBackendFactory("tensorflow") !== null) tf.removeBackend("tensorflow");
  await rm(project, { recursive: true });
});

const card = async () => ({ device: "NVIDIA H100 80GB HBM3", message: undefined });
const subject = (options: NodeGpuBackendOptions = {}, probe: Parameters<typeof makeNodeGpuBackend>[1] = card) =>
  makeNodeGpuBackend({ project, ...options }, probe);

describe("the device decides", () => {
  test("one that answers is named", async () => {
    expect(await subject().available()).toEqual({
      available: true,
      detail: "tfjs-node-gpu 4.22.0, NVIDIA H100 80GB HBM3",
    });
    const backend = await subject().init();
    expect(backend).toMatchObject({
      id: "node-gpu",
      tfjsName: "tensorflow",
      detail: "tfjs-node-gpu 4.22.0, NVIDIA H100 80GB HBM3, float32",
      capabilities: { precision: "float32", tolerance: 1e-5 },
    });
    backend.dispose();
    expect(tf.findBackendFactory("tensorflow")).toBeNull();
  });

  test("none means: not available, with TensorFlow's reason, and no silent fall-back to the CPU", async () => {
    const none = subject({}, async () => ({ device: undefined, message: "Could not find cuda drivers" }));
    const reason = "tfjs-node-gpu 4.22.0 works, but no GPU answers (TensorFlow: Could not find cuda drivers)";
    expect(await none.available()).toEqual({ available: false, reason, remedy: expect.stringContaining("driver") });
    await expect(none.init()).rejects.toMatchObject({ code: "backend_unavailable" });
    expect(tf.findBackendFactory("tensorflow")).toBeNull();
  });

  test("an addon that does not load says why, without being loaded here", async () => {
    const broken = nodeGpuBackend({ project });
    expect(await broken.available()).toEqual({
      available: false,
      reason: expect.stringMatching(/the addon .*tfjs_binding\.node does not work: .*(too short|invalid|not valid)/i),
      remedy: expect.stringContaining("npx @dylora/backend-node-gpu link --libtensorflow DIR"),
    });
  });

  test("a GPU that answers the probe and not this process is an error", async () => {
    onImport(await registrar(false));
    await expect(subject().init()).rejects.toMatchObject({
      code: "backend_failed",
      message: expect.stringContaining("did not take NVIDIA H100 80GB HBM3"),
    });
    expect(tf.findBackendFactory("tensorflow")).toBeNull();
  });
});

describe("what libtensorflow is loaded with", () => {
  const atImport = async (options: NodeGpuBackendOptions): Promise<(string | undefined)[]> => {
    const register = await registrar(true);
    let seen: (string | undefined)[] = [];
    onImport((name) => {
      seen = [process.env.NVIDIA_TF32_OVERRIDE, process.env.TF_FORCE_GPU_ALLOW_GROWTH];
      register(name);
    });
    const backend = await subject(options).init();
    expect(backend.capabilities.tolerance).toBe(options.tensorFloat32 ? 4e-3 : 1e-5);
    backend.dispose();
    return seen;
  };
  test("float32, and TensorFlow's own way with memory", async () => {
    expect(await atImport({})).toEqual(["0", undefined]);
  });
  test("TensorFloat-32 and memory as needed, when asked for; changing them later is refused", async () => {
    expect(await atImport({ tensorFloat32: true, memoryGrowth: true })).toEqual([undefined, "true"]);
    await expect(subject({ tensorFloat32: true, memoryGrowth: false }).init()).rejects.toMatchObject({
      code: "backend_conflict",
      message: expect.stringContaining("TF_FORCE_GPU_ALLOW_GROWTH=false"),
    });
  });
});

test.each<[string, () => [BackendDescriptor, BackendDescriptor]]>([
  ["tfjs-node", () => [subject(), nodeBackend({ project })]],
  ["tfjs-node-gpu", () => [nodeBackend({ project }), subject()]],
])("%s is refused after the other, also when that one was disposed", async (name, make) => {
  await install("tfjs-node");
  const [first, second] = make();
  const backend = await first.init();
  const refused = { code: "backend_conflict", message: expect.stringContaining("already loaded in this process") };
  await expect(second.init()).rejects.toMatchObject(refused);
  backend.dispose();
  await expect(second.init()).rejects.toMatchObject(refused);
  await expect(second.init()).rejects.toThrow(`cannot be mixed with @tensorflow/${name};`);
});

test("the descriptor for auto has the default settings", () => {
  expect(descriptor).toMatchObject({ id: "node-gpu", contract: 1 });
});
