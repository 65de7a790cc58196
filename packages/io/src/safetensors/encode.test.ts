import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesFromArray } from "../byte-source.ts";
import type { NumericArray, TensorData } from "../tensor-data.ts";
import { concatBytes, encodeSafetensors, layoutSafetensors, safetensorsParts, streamSafetensors } from "./encode.ts";
import { floatBytes } from "./float-bytes.ts";
import { openSafetensors } from "./open.ts";

const header = (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return { length, text: new TextDecoder().decode(bytes.subarray(8, 8 + length)) };
};

describe("layout of the written file", () => {
  test("larger types come first, then names; metadata leads; the header is padded with spaces", () => {
    const { length, text } = header(
      encodeSafetensors(
        new Map<string, TensorData<NumericArray>>([
          ["10", { shape: [1], data: Uint8Array.of(1) }],
          ["b", { shape: [1], data: Float32Array.of(1) }],
          ["2", { shape: [1], data: Uint8Array.of(1) }],
          ["a", { shape: [1], data: Float32Array.of(1) }],
          ["z", { shape: [1], data: BigInt64Array.of(1n) }],
        ]),
        { z: "1", a: "2" },
      ),
    );
    expect(length % 8).toBe(0);
    expect(text.trimEnd()).toBe(
      '{"__metadata__":{"a":"2","z":"1"},' +
        '"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},' +
        '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},' +
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},' +
        '"10":{"dtype":"U8","shape":[1],"data_offsets":[16,17]},' +
        '"2":{"dtype":"U8","shape":[1],"data_offsets":[17,18]}}',
    );
    expect(text.slice(text.trimEnd().length)).toMatch(/^ {0,7}$/);
  });

  test("the order in which tensors are given does not matter", () => {
    const tensors = ["x", "y", "z"].map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }] as const);
    expect(encodeSafetensors(new Map(tensors.toReversed()))).toEqual(encodeSafetensors(new Map(tensors)));
  });

  test("wrong shapes and reserved or repeated names are refused", () => {
    const data = Float32Array.of(1, 2);
    expect(() => encodeSafetensors(new Map([["a", { shape: [3], data }]]))).toThrow(/\[3\] holds 2 elements/);
    expect(() => encodeSafetensors(new Map([["__metadata__", { shape: [2], data }]]))).toThrow(/reserved/);
    const spec = { name: "a", dtype: "F32", shape: [1] } as const;
    expect(() => layoutSafetensors([spec, spec])).toThrow(/twice/);
  });
});

test("what is written is read back, bit for bit", async () => {
  const arrays = fc.oneof(
    fc.float32Array({ maxLength: 6 }),
    fc.float64Array({ maxLength: 6 }),
    fc.int8Array({ maxLength: 6 }),
    fc.uint8Array({ maxLength: 6 }),
    fc.int16Array({ maxLength: 6 }),
    fc.uint16Array({ maxLength: 6 }),
    fc.int32Array({ maxLength: 6 }),
    fc.uint32Array({ maxLength: 6 }),
    fc.bigInt64Array({ maxLength: 6 }),
    fc.bigUint64Array({ maxLength: 6 }),
  );
  const names = fc.string({ unit: "grapheme", maxLength: 8 }).filter((name) => name !== "__metadata__");
  const tensors = fc.uniqueArray(fc.tuple(names, arrays), { selector: ([name]) => name, maxLength: 6 });
  const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true });
  const check = async ([entries, texts]: [[string, NumericArray][], Record<string, string>]) => {
    const map = new Map(entries.map(([name, data]) => [name, { shape: [data.length], data }]));
    const file = await openSafetensors(bytesFromArray(encodeSafetensors(map, texts)));
    expect(file.metadata).toEqual(texts);
    expect([...file.tensors.keys()].sort()).toEqual([...map.keys()].sort());
    for (const [name, data] of entries) expect(await file.readTensor(name)).toEqual({ shape: [data.length], data });
  };
  await fc.assert(fc.asyncProperty(fc.tuple(tensors, metadata), check));
});

test("the pieces are views of the given arrays", () => {
  const data = Float32Array.of(1, 2);
  const [head, piece] = safetensorsParts(new Map([["a", { shape: [2], data }]]));
  expect(head!.byteLength % 8).toBe(0);
  expect(piece!.buffer).toBe(data.buffer);
});

test("a stream equals the whole, loads in file order, and checks what it is given", async () => {
  const values: Record<string, Float32Array> = { b: Float32Array.of(1.25, -3), a: Float32Array.of(7) };
  const specs = Object.entries(values).map(([name, data]) => ({ name, dtype: "BF16" as const, shape: [data.length] }));
  const order: string[] = [];
  const load = ({ name }: { name: string }) => {
    order.push(name);
    return floatBytes(values[name]!, "bfloat16");
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of streamSafetensors(specs, load)) pieces.push(piece);
  const file = await openSafetensors(bytesFromArray(concatBytes(pieces)));
  expect(order).toEqual(["a", "b"]);
  expect([...(await file.readFloat32("b"))]).toEqual([1.25, -3]);

  const short = streamSafetensors(specs, () => new Uint8Array(1));
  await expect(consume(short)).rejects.toMatchObject({ code: "tensor_shape" });
});

async function consume(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
