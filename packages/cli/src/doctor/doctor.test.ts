import { expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { featuresIn } from "./processor.ts";
import type { DoctorResult } from "./run-doctor.ts";

test("doctor --json: backends with reasons and remedies, processor, memory, versions", async () => {
  const { code, json } = await runCli(["doctor", "--json"]);
  expect(code).toBe(0);
  const { backends, auto, passedOver, processor, memory, versions } = json<DoctorResult>();
  expect(backends.map(({ name }) => name)).toEqual(["node-gpu", "native", "webgpu", "node", "wasm"]);
  expect(backends.find(({ name }) => name === "wasm")).toMatchObject({ available: true });
  for (const backend of backends) {
    if (backend.available) expect(backend.detail).not.toBe("");
    else expect([backend.reason, backend.remedy]).not.toContain("");
  }
  expect(auto).toBe(backends.find((backend) => backend.available && !backend.software)?.name);
  const names = backends.map(({ name }) => name);
  expect(passedOver.map(({ name }) => name)).toEqual(names.slice(0, names.indexOf(auto ?? "")));
  for (const { reason } of passedOver) expect(reason).not.toBe("");
  expect(processor.threads).toBeGreaterThan(0);
  expect(memory.available).toBeGreaterThan(0);
  expect(memory.available).toBeLessThanOrEqual(memory.total);
  expect(versions).toMatchObject({ node: process.versions.node, "@tensorflow/tfjs-core": "4.22.0" });
});

test("doctor says it for people", async () => {
  const { out } = await runCli(["doctor"]);
  expect(out).toMatch(/✓ wasm/);
  expect(out).toMatch(/is not installed\n +→ .*npm install/);
  expect(out).toMatch(/^Processor: /m);
});

test("features of a processor", () => {
  expect(featuresIn("processor\t: 0\nflags\t\t: fpu avx2 fma avx512f amx_bf16\nflags\t\t: none\n")).toEqual({
    AVX2: true,
    FMA: true,
    "AVX-512": true,
    "AVX-512 BF16": false,
    "AMX BF16": true,
    NEON: false,
  });
  expect(featuresIn("Features\t: fp asimd\n")["NEON"]).toBe(true);
  expect(Object.values(featuresIn(""))).not.toContain(true);
});
