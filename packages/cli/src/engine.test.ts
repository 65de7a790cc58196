import { expect, test } from "vitest";
import { openEngine, startEngine } from "./engine.ts";

test("starting the wasm engine leaves no process-wide listeners behind", async () => {
  const count = () => ["uncaughtException", "unhandledRejection"].map((event) => process.listenerCount(event));
  const before = count();
  const engine = await startEngine("wasm");
  expect(engine.id).toBe("wasm");
  expect(count()).toEqual(before);
  engine.dispose();
});

test("auto takes an engine that runs", async () => {
  const engine = await startEngine("auto");
  expect(["wasm", "node", "native"]).toContain(engine.id);
  engine.dispose();
});

test("any package with a descriptor is an engine", async () => {
  expect(await openEngine("@dylora/errors")).toMatchObject({ reason: "@dylora/errors exports no descriptor" });
  expect(await openEngine("@nobody/engine")).toMatchObject({ remedy: "npm install @nobody/engine" });
  await expect(startEngine("@nobody/engine")).rejects.toMatchObject({ code: "unknown_backend" });
});
