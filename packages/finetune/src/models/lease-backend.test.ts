import { wasmBackend } from "@dylora/backend-wasm";
import { activeBackend, useBackend } from "@dylora/tensor";
import { afterEach, expect, test } from "vitest";
import { leaseBackend } from "./lease-backend.ts";

afterEach(() => activeBackend()?.dispose());

test("leases share one backend, and the last one ends it", async () => {
  const first = await leaseBackend("wasm");
  const second = await leaseBackend("auto");
  expect(second.backend).toBe(first.backend);
  first.release();
  expect(activeBackend()).toBe(second.backend);
  second.release();
  expect(activeBackend()).toBeUndefined();
});

test("a lease that is given back twice counts once", async () => {
  const first = await leaseBackend("wasm");
  const second = await leaseBackend("wasm");
  first.release();
  first.release();
  expect(activeBackend()).toBe(second.backend);
  second.release();
  expect(activeBackend()).toBeUndefined();
});

test("a backend that somebody else started stays", async () => {
  const own = await useBackend(wasmBackend());
  for (const choice of ["auto", "wasm"]) {
    const lease = await leaseBackend(choice);
    expect(lease.backend).toBe(own);
    lease.release();
    expect(activeBackend()).toBe(own);
  }
});

test("after the last lease a new one starts a backend anew", async () => {
  const first = await leaseBackend("wasm");
  first.release();
  const second = await leaseBackend("wasm");
  expect(second.backend).not.toBe(first.backend);
  // A lease of the backend that has ended ends no other.
  first.release();
  expect(activeBackend()).toBe(second.backend);
  second.release();
});

test("a backend that is not there is refused, and leaves no lease", async () => {
  await expect(leaseBackend("abacus")).rejects.toMatchObject({ code: "unknown_backend" });
  expect(activeBackend()).toBeUndefined();
});
