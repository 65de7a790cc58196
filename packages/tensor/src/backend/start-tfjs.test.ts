import { cpuBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { startTfjs } from "./start-tfjs.ts";

afterEach(() => {
  if (tf.findBackendFactory("failing") !== null) tf.removeBackend("failing");
});

test("a backend that nobody registered is named", async () => {
  await expect(startTfjs("nowhere", "install it")).rejects.toMatchObject({
    code: "backend_failed",
    message: 'no backend "nowhere" is registered with tfjs; install it',
  });
});

test("a backend that does not start is an error also when none was active", async () => {
  const quiet = vi.spyOn(console, "warn").mockImplementation(() => {});
  tf.registerBackend("failing", () => {
    throw new Error("no power");
  });
  await expect(startTfjs("failing", "plug it in")).rejects.toMatchObject({ code: "backend_failed" });
  quiet.mockRestore();
});

test("a backend that does not start leaves the one before it active", async () => {
  const quiet = vi.spyOn(console, "warn").mockImplementation(() => {});
  const backend = await cpuBackend().init();
  tf.registerBackend("failing", () => Promise.reject(new Error("no power")));
  await expect(startTfjs("failing", "plug it in")).rejects.toMatchObject({
    code: "backend_failed",
    message: 'tfjs\'s backend "failing" did not start; plug it in',
  });
  expect(tf.getBackend()).toBe("cpu");
  const x = tf.tensor1d([1]);
  expect([...(await x.data())]).toEqual([1]);
  x.dispose();
  backend.dispose();
  quiet.mockRestore();
});

test("a backend that someone else removed can be started again; old handles do not stop the new start", async () => {
  const old = await cpuBackend().init();
  tf.removeBackend("cpu");
  const fresh = await cpuBackend().init();
  old.dispose();
  const x = tf.tensor1d([1]);
  expect([...(await x.data())]).toEqual([1]);
  x.dispose();
  fresh.dispose();
  expect(tf.findBackendFactory("cpu")).toBeNull();
});
