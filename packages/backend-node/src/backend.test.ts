import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type StartedBackend, useBackend } from "@dylora/tensor";
import { cpuBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  forgetLibrary,
  install,
  makeProject,
  onImport,
  type Project,
  tensorflowRegistrar,
} from "./fixtures/project.ts";
import { descriptor, type NodeBackendOptions, nodeBackend } from "./index.ts";
import { inspectPackage } from "./installed-package.ts";
import { restoreUtil } from "./tfjs/util-shim.ts";

let project: Project;
let registerTensorflow: (marks: object) => void;
let imports: string[];
beforeEach(async () => {
  vi.stubEnv("TF_CPP_MIN_LOG_LEVEL", undefined);
  vi.stubEnv("ONEDNN_DEFAULT_FPMATH_MODE", undefined);
  project = await makeProject();
  registerTensorflow = await tensorflowRegistrar();
  imports = [];
  onImport((binding) => {
    imports.push(binding);
    registerTensorflow({ binding: { TF_Version: "2.9.1" } });
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  forgetLibrary();
  await rm(project.folder, { recursive: true });
});

const subject = (options: NodeBackendOptions = {}) => nodeBackend({ project: project.folder, ...options });

describe("available", () => {
  test("says how to install what is not there", async () => {
    expect(await subject().available()).toEqual({
      available: false,
      reason: "@tensorflow/tfjs-node is not installed",
      remedy: "run `npm install @tensorflow/tfjs-node@4.22.0`",
    });
  });

  test("tells a package without its binary from one that is missing", async () => {
    await install(project, { binary: false });
    expect(await subject().available()).toEqual({
      available: false,
      reason: `@tensorflow/tfjs-node 4.22.0 is installed without its native binary (${join("lib", "napi-v8", "tfjs_binding.node")} is missing in ${project.tfjsNode}), as after an install with --ignore-scripts or without network`,
      remedy:
        "run `npm rebuild @tensorflow/tfjs-node` (pnpm: `pnpm rebuild`), which downloads it; or, with a TensorFlow on this machine, `npx @dylora/backend-node link --libtensorflow DIR`",
    });
  });

  test("does not throw over a broken package", async () => {
    await install(project, { binary: true });
    await writeFile(join(project.tfjsNode, "package.json"), "{ not json");
    expect(await subject().available()).toMatchObject({
      available: false,
      remedy: expect.stringContaining("npm install"),
    });
  });

  test("imports nothing when all is there", async () => {
    await install(project, { binary: true });
    expect(await subject().available()).toEqual({ available: true, detail: "tfjs-node 4.22.0" });
    expect(imports).toEqual([]);
  });

  test("looks for the binary that this Node loads", async () => {
    await install(project, { binary: true });
    const binary = (version: number) => join("lib", `napi-v${version}`, "tfjs_binding.node");
    expect(inspectPackage(project.tfjsNode, 9)).toMatchObject({ binary: binary(8), hasBinary: true });
    expect(inspectPackage(project.tfjsNode, 7)).toMatchObject({ binary: binary(7), hasBinary: false });
    await install(project, { binary: true, changes: { binary: undefined } });
    const module = join(project.tfjsNode, "dist", "index.js");
    expect(inspectPackage(project.tfjsNode)).toMatchObject({ hasBinary: true, module });
  });
});

describe("init", () => {
  test("refuses with reason and remedy what is not available", async () => {
    await expect(subject().init()).rejects.toMatchObject({
      name: "BackendError",
      code: "backend_unavailable",
      message: expect.stringContaining("npm install @tensorflow/tfjs-node"),
    });
    await install(project, { binary: false });
    await expect(subject().init()).rejects.toThrow(/npm rebuild/);
  });

  test("imports the package once with its own binary, and starts its backend again after it was disposed", async () => {
    await install(project, { binary: true });
    for (let round = 0; round < 2; round++) {
      const backend: StartedBackend = await useBackend(subject());
      expect(backend).toMatchObject({ id: "node", tfjsName: "tensorflow" });
      expect(backend.detail).toMatch(/^tfjs-node 4\.22\.0, libtensorflow 2\.9\.1, CPU, float32, \d+ threads$/);
      expect(backend.capabilities).toMatchObject({ syncRead: true, precision: "float32", tolerance: 1e-5 });
      const x = tf.tensor1d([1, 2]);
      expect([...(await x.data())]).toEqual([1, 2]);
      x.dispose();
      backend.dispose();
      backend.dispose();
      expect(tf.findBackendFactory("tensorflow")).toBeNull();
    }
    expect(imports).toEqual([join(project.tfjsNode, "lib", "napi-v8", "tfjs_binding.node")]);
    expect(process.env.TF_CPP_MIN_LOG_LEVEL).toBe("1");
  });

  test("an import that fails is one line with a way out, and the backend before it stays", async () => {
    const cpu = await useBackend(cpuBackend());
    await install(project, { binary: true });
    onImport(() => {
      throw new Error("libtensorflow.so.2: cannot open shared object file\n    at Module._extensions (node:internal)");
    });
    await expect(subject().init()).rejects.toMatchObject({
      code: "backend_failed",
      message:
        "tfjs-node 4.22.0 cannot be loaded: libtensorflow.so.2: cannot open shared object file; " +
        "run `npm rebuild @tensorflow/tfjs-node`, or use @dylora/backend-wasm",
    });
    expect(tf.getBackend()).toBe("cpu");
    cpu.dispose();
  });

  test.each(["before", "meanwhile"])("tfjs-node-gpu loaded %s is refused: both register one name", async (when) => {
    await install(project, { binary: true });
    const registerGpu = () => registerTensorflow({ isGPUPackage: true });
    if (when === "before") registerGpu();
    onImport(when === "meanwhile" ? registerGpu : () => undefined);
    await expect(subject().init()).rejects.toMatchObject({
      code: "backend_conflict",
      message: expect.stringContaining("tfjs-node-gpu is already loaded"),
    });
  });
});

describe("precision", () => {
  const modeAtImport = async (options: NodeBackendOptions): Promise<[string | undefined, StartedBackend]> => {
    await install(project, { binary: true });
    let mode: string | undefined;
    onImport(() => {
      mode = process.env.ONEDNN_DEFAULT_FPMATH_MODE;
      registerTensorflow({});
    });
    const backend = await subject(options).init();
    return [mode, backend];
  };

  test("bfloat16 sets oneDNN's mode before the library is loaded, and is claimed", async () => {
    const [mode, backend] = await modeAtImport({ precision: "bfloat16" });
    expect(mode).toBe("BF16");
    expect(backend.capabilities).toMatchObject({ precision: "bfloat16", tolerance: 3e-2 });
    expect(backend.detail).toContain("bfloat16");
  });

  test("float32 takes back a mode that the environment asks for", async () => {
    vi.stubEnv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16");
    const [mode, backend] = await modeAtImport({ precision: "float32" });
    expect(mode).toBe("STRICT");
    expect(backend.capabilities).toMatchObject({ precision: "float32", tolerance: 1e-5 });
  });

  test("where none is asked for, the environment's is claimed", async () => {
    vi.stubEnv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16");
    const [mode, backend] = await modeAtImport({});
    expect(mode).toBe("BF16");
    expect(backend.capabilities).toMatchObject({ precision: "bfloat16" });
  });

  test("another one is refused once the library is loaded", async () => {
    const [, backend] = await modeAtImport({});
    await expect(subject({ precision: "bfloat16" }).init()).rejects.toMatchObject({
      code: "backend_conflict",
      message: expect.stringContaining("loaded without ONEDNN_DEFAULT_FPMATH_MODE=BF16"),
    });
    backend.dispose();
    expect((await subject({ precision: "float32" }).init()).capabilities.precision).toBe("float32");
  });
});

test("what Node 23 took away is put back, and nothing is touched where Node still has it", () => {
  const modern: Record<string, (value: unknown) => boolean> = {};
  restoreUtil(modern, 23);
  const values = [null, undefined, 0, "", [], {}];
  expect(values.map((value) => modern.isNullOrUndefined?.(value))).toEqual([true, true, false, false, false, false]);
  expect(values.map((value) => modern.isArray?.(value))).toEqual([false, false, false, false, true, false]);
  const old = {};
  restoreUtil(old, 20);
  expect(old).toEqual({});
});

test("the descriptor for auto has the default settings", () => {
  expect(descriptor).toMatchObject({ id: "node", contract: 1 });
});
