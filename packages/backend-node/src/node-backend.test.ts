import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, testBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { descriptor, nodeBackend } from "./index.ts";
import { inspectPackage } from "./installed-package.ts";
import { restoreUtil } from "./util-shim.ts";

testBackend("node", nodeBackend);

const manifest = {
  name: "@tensorflow/tfjs-node",
  version: "4.22.0",
  main: "dist/index.js",
  binary: {
    module_name: "tfjs_binding",
    module_path: "./lib/napi-v{napi_build_version}",
    napi_versions: [3, 4, 5, 6, 7, 8],
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tfjs-node-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  if (tf.findBackendFactory("tensorflow") !== null) tf.removeBackend("tensorflow");
  await rm(folder, { recursive: true });
});

/** A package as an install leaves it. */
async function install(what: { binary: boolean; changes?: object }): Promise<string> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, ...what.changes }));
  if (what.binary) {
    await mkdir(join(folder, "lib", "napi-v8"), { recursive: true });
    await writeFile(join(folder, "lib", "napi-v8", "tfjs_binding.node"), "");
  }
  return folder;
}

/** Does what importing tfjs-node does: registers its engine and makes it the active one. */
async function registerTensorflow(marks: object = {}): Promise<void> {
  const stop = (await cpuBackend().init()).dispose;
  const factory = tf.findBackendFactory("cpu");
  stop();
  if (tf.getKernelsForBackend("tensorflow").length === 0) tf.copyRegisteredKernels("cpu", "tensorflow");
  tf.registerBackend("tensorflow", async () => Object.assign(await factory(), { firstUse: false }, marks), 3);
  await tf.setBackend("tensorflow");
}

describe("available", () => {
  test("says how to install what is not there", async () => {
    const here = vi.spyOn(process, "cwd").mockReturnValue(folder);
    const answer = await nodeBackend({ packageFolder: join(folder, "nowhere") }).available();
    expect(answer).toMatchObject({ available: false, remedy: "run `npm install @tensorflow/tfjs-node@4.22.0`" });
    here.mockRestore();
  });

  test("tells a package without its binary from one that is missing", async () => {
    const answer = await nodeBackend({ packageFolder: await install({ binary: false }) }).available();
    expect(answer).toEqual({
      available: false,
      reason: `@tensorflow/tfjs-node 4.22.0 is installed without its native binary (${join("lib", "napi-v8", "tfjs_binding.node")} is missing in ${folder}), as after an install with --ignore-scripts or without network`,
      remedy:
        "run `npm rebuild @tensorflow/tfjs-node` (pnpm: `pnpm rebuild`), which downloads it, or use @dylora/backend-wasm",
    });
  });

  test("does not throw over a broken package", async () => {
    await writeFile(join(folder, "package.json"), "{ not json");
    const answer = await nodeBackend({ packageFolder: folder }).available();
    expect(answer).toMatchObject({ available: false, remedy: expect.stringContaining("npm install") });
  });

  test("imports nothing when all is there", async () => {
    const importModule = vi.fn();
    const answer = await nodeBackend({ packageFolder: await install({ binary: true }), importModule }).available();
    expect(answer).toEqual({ available: true, detail: "tfjs-node 4.22.0" });
    expect(importModule).not.toHaveBeenCalled();
  });

  test("looks for the binary that this Node loads", async () => {
    await install({ binary: true });
    expect(inspectPackage(folder, 9)).toMatchObject({
      binary: join("lib", "napi-v8", "tfjs_binding.node"),
      hasBinary: true,
    });
    expect(inspectPackage(folder, 7)).toMatchObject({
      binary: join("lib", "napi-v7", "tfjs_binding.node"),
      hasBinary: false,
    });
    await install({ binary: true, changes: { binary: undefined } });
    expect(inspectPackage(folder)).toMatchObject({ hasBinary: true, module: join(folder, "dist", "index.js") });
  });
});

describe("init", () => {
  test("refuses with reason and remedy what is not available", async () => {
    await expect(nodeBackend({ packageFolder: join(folder, "nowhere") }).init()).rejects.toMatchObject({
      name: "BackendError",
      code: "backend_unavailable",
      message: expect.stringContaining("npm install @tensorflow/tfjs-node"),
    });
    await expect(nodeBackend({ packageFolder: await install({ binary: false }) }).init()).rejects.toThrow(
      /npm rebuild/,
    );
  });

  test("imports the package once located, starts its engine, and starts it again after it was disposed", async () => {
    vi.stubEnv("TF_CPP_MIN_LOG_LEVEL", undefined);
    const importModule = vi.fn(async () => {
      if (importModule.mock.calls.length === 1) await registerTensorflow({ binding: { TF_Version: "2.9.1" } });
    });
    const options = { packageFolder: await install({ binary: true }), importModule };
    for (let round = 0; round < 2; round++) {
      const backend: Backend = await useBackend(nodeBackend(options));
      expect(backend).toMatchObject({ id: "node", tfjsName: "tensorflow" });
      expect(backend.detail).toMatch(/^tfjs-node 4\.22\.0, libtensorflow 2\.9\.1, CPU, \d+ threads$/);
      expect(backend.capabilities).toMatchObject({ syncRead: true, precision: "float32", tolerance: 1e-5 });
      const x = tf.tensor1d([1, 2]);
      expect([...(await x.data())]).toEqual([1, 2]);
      x.dispose();
      backend.dispose();
      backend.dispose();
      expect(tf.findBackendFactory("tensorflow")).toBeNull();
    }
    expect(importModule).toHaveBeenCalledWith(pathToFileURL(join(folder, "dist", "index.js")).href);
    expect(process.env.TF_CPP_MIN_LOG_LEVEL).toBe("1");
  });

  test("does not claim float32 where the user let oneDNN round to bfloat16", async () => {
    vi.stubEnv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16");
    const importModule = () => registerTensorflow();
    const backend = await nodeBackend({ packageFolder: await install({ binary: true }), importModule }).init();
    expect(backend.capabilities).toMatchObject({ precision: "bfloat16", tolerance: 3e-2 });
    backend.dispose();
  });

  test("an import that fails is one line with a way out, and the engine before it stays", async () => {
    const cpu = await useBackend(cpuBackend());
    const cause = new Error(
      "libtensorflow.so.2: cannot open shared object file\n    at Module._extensions (node:internal)",
    );
    const importModule = () => Promise.reject(cause);
    const failing = nodeBackend({ packageFolder: await install({ binary: true }), importModule });
    await expect(failing.init()).rejects.toMatchObject({
      code: "backend_failed",
      message:
        "tfjs-node 4.22.0 cannot be loaded: libtensorflow.so.2: cannot open shared object file; " +
        "run `npm rebuild @tensorflow/tfjs-node`, or use @dylora/backend-wasm",
      cause,
    });
    expect(tf.getBackend()).toBe("cpu");
    cpu.dispose();
  });

  test.each(["before", "meanwhile"])("tfjs-node-gpu loaded %s is refused: both register one name", async (when) => {
    const importModule = () => (when === "meanwhile" ? registerTensorflow({ isGPUPackage: true }) : Promise.resolve());
    if (when === "before") await registerTensorflow({ isGPUPackage: true });
    const subject = nodeBackend({ packageFolder: await install({ binary: true }), importModule });
    await expect(subject.init()).rejects.toMatchObject({
      code: "backend_conflict",
      message: expect.stringContaining("tfjs-node-gpu is already loaded"),
    });
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
