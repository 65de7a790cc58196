import { BackendError } from "@dylora/errors";
import { cpuBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import type { Backend, BackendDescriptor } from "../contract/backend.ts";
import { installedDescriptors } from "./auto-backends.ts";
import { activeBackend, probeBackends, useBackend } from "./use-backend.ts";

vi.mock("./auto-backends.ts", { spy: true });

function missing(id: string): BackendDescriptor {
  return {
    id,
    contract: 1,
    available: async () => ({ available: false, reason: `no ${id} here`, remedy: `buy a ${id}` }),
    init: async () => expect.unreachable(),
  };
}

function broken(id: string): BackendDescriptor {
  return {
    id,
    contract: 1,
    available: async () => ({ available: true, detail: "looks fine" }),
    init: async () => {
      throw new BackendError("backend_failed", `${id} blew a fuse`);
    },
  };
}

let started: Backend | undefined;
afterEach(() => {
  started?.dispose();
  started = undefined;
});

test("auto with nothing installed says what to install", async () => {
  vi.mocked(installedDescriptors).mockResolvedValueOnce([]);
  await expect(useBackend()).rejects.toThrow(
    "no tensor backend can run here (no backend package is installed); install @dylora/backend-wasm",
  );
  expect(activeBackend()).toBeUndefined();
});

test("auto takes the first installed package that can be started", async () => {
  vi.mocked(installedDescriptors).mockResolvedValueOnce([missing("gpu"), broken("native"), cpuBackend()]);
  started = await useBackend("auto");
  expect(started.id).toBe("cpu");
  expect(activeBackend()).toBe(started);
});

test("of a list, what computes in software comes after what does not, and before nothing at all", async () => {
  const software = (id: string): BackendDescriptor => ({
    ...cpuBackend(),
    id,
    available: async () => ({ available: true, detail: "a GPU without a GPU", software: true }),
    init: async () => ({ ...(await cpuBackend().init()), id }),
  });
  started = await useBackend([software("soft"), missing("gpu"), cpuBackend()]);
  expect(started.id).toBe("cpu");
  started = await useBackend([missing("gpu"), software("soft"), broken("native"), software("softer")]);
  expect(started.id).toBe("soft");
  started = await useBackend(software("alone"));
  expect(started.id).toBe("alone");
});

test("a list in which none can run gives every reason and remedy", async () => {
  const rejected = expect(useBackend([missing("gpu"), broken("native")])).rejects;
  await rejected.toMatchObject({ name: "BackendError", code: "backend_unavailable" });
  await expect(useBackend([missing("gpu"), broken("native")])).rejects.toThrow(
    /"gpu" cannot run here: no gpu here; buy a gpu; native blew a fuse/,
  );
});

test("a single descriptor that cannot run gives its reason, and the backend before it stays", async () => {
  started = await useBackend(cpuBackend());
  await expect(useBackend(missing("gpu"))).rejects.toThrow('backend "gpu" cannot run here: no gpu here; buy a gpu');
  await expect(useBackend(broken("native"))).rejects.toThrow("native blew a fuse");
  expect(activeBackend()).toBe(started);
  const x = tf.tensor1d([3]);
  expect([...(await x.data())]).toEqual([3]);
  x.dispose();
});

test("an error that is not ours is not taken for a backend that cannot run", async () => {
  const faulty: BackendDescriptor = {
    ...missing("faulty"),
    available: async () => {
      throw new TypeError("a bug");
    },
  };
  await expect(useBackend([faulty, cpuBackend()])).rejects.toThrow(TypeError);
});

test("another backend takes over and the one before is disposed; calls that overlap keep their order", async () => {
  const disposed: string[] = [];
  const fake = (id: string, delay: number): BackendDescriptor => ({
    id,
    contract: 1,
    available: async () => ({ available: true, detail: "" }),
    init: async () => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      const inner = await cpuBackend().init();
      return {
        ...inner,
        id,
        dispose() {
          disposed.push(id);
          inner.dispose();
        },
      };
    },
  });
  const backends = await Promise.all([useBackend(fake("slow", 20)), useBackend(fake("quick", 0))]);
  started = backends[1];
  expect(activeBackend()?.id).toBe("quick");
  expect(disposed).toEqual(["slow"]);
});

test("Symbol.dispose disposes as dispose does, for `using`", async () => {
  let disposed = 0;
  const counting: BackendDescriptor = {
    ...cpuBackend(),
    async init() {
      const inner = await cpuBackend().init();
      return {
        ...inner,
        dispose() {
          disposed++;
          inner.dispose();
        },
      };
    },
  };
  const backend = await useBackend(counting);
  expect(activeBackend()).toBe(backend);
  expect(disposed).toBe(0);
  backend[Symbol.dispose]();
  expect(disposed).toBe(1);
  expect(activeBackend()).toBeUndefined();
});

test("probing starts nothing", async () => {
  const before: string | null = tf.getBackend();
  expect(await probeBackends([missing("gpu"), cpuBackend()])).toEqual([
    { id: "gpu", availability: { available: false, reason: "no gpu here", remedy: "buy a gpu" } },
    { id: "cpu", availability: { available: true, detail: "JavaScript, 1 thread" } },
  ]);
  expect(tf.getBackend()).toBe(before);
});

test("the active backend is forgotten when it is disposed", async () => {
  const backend = await useBackend(cpuBackend());
  backend.dispose();
  expect(activeBackend()).toBeUndefined();
});
