import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { activeBackend, useBackend } from "@dylora/tensor";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, type TestContext, test, vi } from "vitest";
import { descriptor, webgpuBackend } from "./index.ts";
import type { GpuBackend } from "./tfjs/gpu-backend.ts";

const availability = await webgpuBackend().available();
const check = (title: string, run: () => Promise<void>): void =>
  test(title, async (context: TestContext) => {
    if (!availability.available) return context.skip(`${availability.reason}; ${availability.remedy}`);
    await run();
  });
afterEach(() => {
  vi.unstubAllGlobals();
  activeBackend()?.dispose();
});

const gpuBackend = (): GpuBackend => tf.backend() as unknown as GpuBackend;
async function double(numbers: readonly number[]): Promise<number[]> {
  const y = tf.tidy(() => tf.mul(tf.tensor1d([...numbers]), 2));
  const result = [...(await y.data())];
  y.dispose();
  return result;
}
/** More than tfjs would compute in JavaScript instead. */
const many = (): tf.Tensor1D => tf.tidy(() => tf.mul(tf.fill([4096], 3), 2));

describe("a program", () => {
  // The program runs what the build made; `npm test` builds before it tests.
  const dist = new URL("../dist/index.js", import.meta.url).href;
  const tensor = new URL("../../tensor/dist/index.js", import.meta.url).href;
  const run = (body: string): Promise<{ code: number | null; out: string }> =>
    new Promise((resolve, reject) => {
      const source = `
        const { webgpuBackend } = await import(${JSON.stringify(dist)});
        const { useBackend } = await import(${JSON.stringify(tensor)});
        const tf = (await import("@tensorflow/tfjs-core")).default;
        ${body}`;
      const cwd = fileURLToPath(new URL("..", import.meta.url));
      const child = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd, timeout: 45_000 });
      let out = "";
      child.stdout.on("data", (text) => {
        out += text;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out }));
    });
  const compute = `
    const before = [typeof GPUBuffer, typeof navigator === "undefined" ? "none" : typeof navigator.gpu];
    const backend = await useBackend(webgpuBackend());
    const y = tf.mul(tf.fill([4096], 3), 2);
    console.log(before.join(), (await y.data())[4095], typeof navigator === "undefined" ? "none" : typeof navigator.gpu);`;
  const hadNavigator = "navigator" in globalThis ? "undefined" : "none";

  check("that disposes the backend ends by itself; importing did nothing, and no navigator stays", async () => {
    const { code, out } = await run(`${compute} backend.dispose();`);
    expect({ code, out }).toEqual({ code: 0, out: `undefined,${hadNavigator} 6 ${hadNavigator}\n` });
  });

  check("that forgets to dispose the backend ends as well", async () => {
    const { code } = await run(compute);
    expect(code).toBe(0);
  });
});

check("backends take turns in one process; a GPU backend that is left frees its device and its tensors", async () => {
  await useBackend(webgpuBackend());
  const gpu = gpuBackend();
  const left = many();
  expect(gpu.memory().numBytesInGPU).toBeGreaterThan(0);
  await useBackend(cpuBackend());
  expect(activeBackend()?.id).toBe("cpu");
  expect(await double([1, 2])).toEqual([2, 4]);
  expect((await gpu.device.lost).reason).toBe("destroyed");
  expect(gpu.memory()).toMatchObject({ numBytesInGPU: 0, numBytesAllocatedInGPU: 0 });
  expect(() => tf.mul(left, 2).dataSync()).toThrow(/GPU backend that has been disposed/);
  left.dispose();
  await useBackend(webgpuBackend());
  expect(gpuBackend()).not.toBe(gpu);
  expect(await double([3])).toEqual([6]);
});

check("a tensor above the device's limits is refused with both sizes, and the backend goes on", async () => {
  await useBackend(webgpuBackend());
  const { maxBufferSize, maxStorageBufferBindingSize } = gpuBackend().device.limits;
  const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  await leakGuard(() => {
    let thrown: unknown;
    try {
      tf.tidy(() => void tf.fill([limit / 4 + 1], 1));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "BackendError", code: "buffer_too_large", details: { limit } });
  });
  expect(await double([1])).toEqual([2]);
});

check("freed buffers of sizes that never come again are given back", async () => {
  await useBackend(webgpuBackend());
  const { bufferManager } = gpuBackend();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const size = 48 * 2 ** 20;
  for (let i = 0; i < 12; i++) bufferManager.releaseBuffer(bufferManager.acquireBuffer(size + 4 * i, usage));
  expect(bufferManager.numBytesAllocated - bufferManager.numBytesUsed).toBeLessThan(2 ** 28 + 2 * size);
  expect(await double([1])).toEqual([2]);
});

check("what fails on the device is an error of the next read; a new start computes again", async () => {
  const backend = await useBackend(webgpuBackend());
  gpuBackend().device.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
  const y = many();
  await expect(y.data()).rejects.toMatchObject({
    code: "backend_failed",
    message: expect.stringMatching(/the GPU reports: .*exceeds/),
  });
  y.dispose();
  backend.dispose();
  await useBackend(webgpuBackend());
  expect(await double([5])).toEqual([10]);
});

check("a synchronous read says what to do instead", async () => {
  const backend = await useBackend(webgpuBackend());
  expect(backend.capabilities.syncRead).toBe(false);
  const y = many();
  expect(() => y.dataSync()).toThrow("use `await tensor.data()`");
  expect((await y.data())[0]).toBe(6);
  expect(y.dataSync()[0]).toBe(6);
  y.dispose();
});

check("tfjs's own backend, when it runs already, is not pulled from under the program", async () => {
  tf.registerBackend("webgpu", () => ({ dispose() {} }) as unknown as tf.KernelBackend);
  expect(tf.setBackend("webgpu")).toBeTruthy();
  await expect(webgpuBackend().init()).rejects.toMatchObject({ code: "backend_conflict" });
  tf.removeBackend("webgpu");
});

describe("available", () => {
  const pretend = (adapter: object | null): void => {
    vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
  };
  const info = { vendor: "acme", architecture: "mark-2", device: "", description: "" };

  test("says that no driver answers", async () => {
    pretend(null);
    expect(await descriptor.available()).toMatchObject({
      available: false,
      reason: expect.stringContaining("no GPU driver answers"),
    });
    await expect(descriptor.init()).rejects.toMatchObject({ name: "BackendError", code: "backend_unavailable" });
  });

  test("names the GPU, and tells software from a GPU", async () => {
    pretend({ info });
    expect(await descriptor.available()).toEqual({ available: true, detail: "acme mark-2" });
    pretend({ info: { ...info, description: "Swift", isFallbackAdapter: true } });
    expect(await descriptor.available()).toEqual({ available: true, detail: "Swift, in software", software: true });
  });
});
