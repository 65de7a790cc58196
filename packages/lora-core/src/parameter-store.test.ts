import { expect, test } from "vitest";
import { type ParameterSpec, ParameterStore } from "./parameter-store.ts";

const specs: ParameterSpec[] = [
  { name: "a", shape: [2, 3], kind: "lora_A" },
  { name: "b", shape: [2, 4], kind: "lora_B" },
  { name: "c", shape: [5], kind: "full" },
];

test("lays parameters out one after the other", () => {
  const store = new ParameterStore(specs);
  expect(store.values).toEqual(new Float32Array(19));
  expect(store.entries.map(({ offset, size }) => [offset, size])).toEqual([
    [0, 6],
    [6, 8],
    [14, 5],
  ]);
  expect(store.entry("b")).toEqual({ ...specs[1], offset: 6, size: 8 });
});

test("get is a live view, set copies", () => {
  const store = new ParameterStore(specs);
  store.get("b")[1] = 7;
  expect(store.values[7]).toBe(7);
  const values = Float32Array.of(1, 2, 3, 4, 5);
  store.set("c", values);
  values[0] = 9;
  expect([...store.get("c")]).toEqual([1, 2, 3, 4, 5]);
});

test("refuses unknown names, wrong counts, names given twice and sizes no JavaScript engine can hold", () => {
  const store = new ParameterStore(specs);
  expect(() => store.entry("d")).toThrow(expect.objectContaining({ code: "unknown_parameter" }));
  expect(() => store.get("d")).toThrow('there is no parameter "d"');
  expect(() => store.set("c", [1, 2])).toThrow(expect.objectContaining({ code: "bad_shape" }));
  expect(() => new ParameterStore([...specs, specs[0]!])).toThrow(
    expect.objectContaining({ code: "duplicate_parameter" }),
  );
  expect(() => new ParameterStore([{ name: "a", shape: [2 ** 20, 2 ** 11], kind: "full" }])).toThrow(
    expect.objectContaining({ code: "out_of_memory" }),
  );
});
