import { describe, expect, test } from "vitest";
import { type ByteSource, bytesFromArray, bytesFromBlob } from "../byte-source.ts";
import { fixedMemoryGuard } from "../memory-guard.ts";
import { encodeSafetensors } from "./encode.ts";
import { rawFile } from "./fixtures/raw-file.ts";
import { openSafetensors } from "./open.ts";

const open = (bytes: Uint8Array) => openSafetensors(bytesFromArray(bytes, "m.safetensors"));
const entry = (dtype: string, shape: unknown, begin: number, end: number) =>
  JSON.stringify({ t: { dtype, shape, data_offsets: [begin, end] } });

describe("what is refused when a file is opened", () => {
  const cases: [what: string, bytes: Uint8Array, code: string, message: RegExp][] = [
    ["an empty file", new Uint8Array(0), "not_safetensors", /0 bytes/],
    ["a text", new TextEncoder().encode("hello, this is text"), "not_safetensors", /no JSON header/],
    ["a header longer than the file", rawFile("{}", 0, 900), "bad_safetensors_header", /longer than the file/],
    ["a header length beyond 2^53", rawFile("{}", 0, 2 ** 60), "bad_safetensors_header", /longer than the file/],
    ["a header that is not JSON", rawFile('{"a":', 0), "bad_safetensors_header", /not JSON/],
    ["a header that is not UTF-8", rawUtf8Broken(), "bad_safetensors_header", /not JSON/],
    ["a repeated name", rawFile('{"t":{},"t":{}}'), "bad_safetensors_header", /"t" twice/],
    ["a repeated name, escaped", rawFile('{"t":{},"\\u0074":{}}'), "bad_safetensors_header", /"t" twice/],
    ["an entry that is no object", rawFile('{"t":3}'), "bad_safetensors_header", /"t": its entry/],
    ["an unknown dtype", rawFile(entry("F4", [2], 0, 8), 8), "bad_safetensors_header", /unknown dtype "F4"/],
    ["a dtype of another type", rawFile(entry(3 as never, [2], 0, 8), 8), "bad_safetensors_header", /unknown dtype/],
    ["a negative dimension", rawFile(entry("F32", [-2], 0, 8), 8), "bad_safetensors_header", /shape/],
    ["a fractional dimension", rawFile(entry("F32", [2.5], 0, 10), 10), "bad_safetensors_header", /shape/],
    ["a dimension beyond 2^53", rawFile(entry("F32", [1e300], 0, 8), 8), "bad_safetensors_header", /shape/],
    ["a dimension beyond the limit", rawFile(entry("F32", [2 ** 41, 0], 0, 0)), "bad_safetensors_header", /limit/],
    ["too many dimensions", rawFile(entry("U8", Array(17).fill(1), 0, 1), 1), "bad_safetensors_header", /17 dimens/],
    ["a shape that does not fit", rawFile(entry("F32", [3], 0, 8), 8), "bad_safetensors_header", /takes 12 bytes/],
    ["offsets in the wrong order", rawFile(entry("F32", [2], 8, 0), 8), "bad_safetensors_header", /before the begin/],
    ["negative offsets", rawFile(entry("F32", [2], -8, 0), 8), "bad_safetensors_header", /pair of whole numbers/],
    ["offsets past the end", rawFile(entry("F32", [2], 0, 8), 7), "bad_safetensors_header", /past the end/],
    ["a hole at the front", rawFile(entry("F32", [2], 4, 12), 12), "bad_safetensors_header", /hole of 4 bytes/],
    ["bytes at the end", rawFile(entry("F32", [2], 0, 8), 11), "bad_safetensors_header", /3 bytes after the last/],
    ["metadata that is no text", rawFile('{"__metadata__":{"a":1}}'), "bad_safetensors_header", /"a" is not a string/],
    [
      "overlapping tensors",
      rawFile(
        '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
        6,
      ),
      "bad_safetensors_header",
      /"b" overlaps/,
    ],
    ["a torch zip", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0), "pickle_refused", /save_file/],
    ["a bare pickle", Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), "pickle_refused", /save_file/],
    ["a short pickle", Uint8Array.of(0x80, 4, 0x95, 0x2e), "pickle_refused", /weights_only/],
  ];
  test.each(cases)("%s", async (_, bytes, code, message) => {
    const error = await open(bytes).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code });
    expect(error.message).toMatch(message);
    expect(error.message).toContain("m.safetensors");
  });

  test("a header of 640 bytes is not taken for a pickle", async () => {
    const header = `{"__metadata__":{"a":"${"x".repeat(640 - 25)}"}}`;
    expect(header.length).toBe(640);
    expect((await open(rawFile(header))).metadata.a).toHaveLength(615);
  });

  test("limits on header length and number of tensors can be set", async () => {
    const bytes = encodeSafetensors(new Map([["a", { shape: [1], data: Float32Array.of(1) }]]));
    const source = bytesFromArray(bytes, "m");
    for (const limits of [{ headerBytes: 20 }, { tensors: 0 }]) {
      await expect(openSafetensors(source, { limits })).rejects.toThrow(/limit/);
    }
  });
});

function rawUtf8Broken(): Uint8Array {
  const bytes = rawFile('{"aaaa":{}}');
  bytes[11] = 0xff;
  return bytes;
}

describe("reading tensors", () => {
  test("names, also odd ones, keep their order and their entries", async () => {
    const bytes = rawFile(
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"é\\n":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}',
      Uint8Array.of(7, 8),
    );
    const file = await open(bytes);
    expect([...file.tensors.keys()]).toEqual(["__proto__", "é\n"]);
    expect([...(await file.readInt32("__proto__"))]).toEqual([7]);
    expect([...(await file.readInt32("é\n"))]).toEqual([8]);
  });

  test("float32 is handed on in the very buffer the source returned", async () => {
    const bytes = encodeSafetensors(new Map([["a", { shape: [3], data: Float32Array.of(1, 2, 3) }]]));
    const inner = bytesFromArray(bytes, "m");
    const buffers: ArrayBufferLike[] = [];
    const source: ByteSource = {
      ...inner,
      async read(offset, length) {
        const out = await inner.read(offset, length);
        buffers.push(out.buffer);
        return out;
      },
    };
    const values = await (await openSafetensors(source)).readFloat32("a");
    expect([...values]).toEqual([1, 2, 3]);
    expect(values.buffer).toBe(buffers.at(-1));
    expect(values.buffer.byteLength).toBe(12);
  });

  test("only the bytes of the tensor asked for are read", async () => {
    const tensors = new Map(["a", "b", "c"].map((name) => [name, { shape: [1000], data: new Float32Array(1000) }]));
    const inner = bytesFromArray(encodeSafetensors(tensors), "m");
    let read = 0;
    const read_ = (offset: number, length: number) => {
      read += length;
      return inner.read(offset, length);
    };
    const file = await openSafetensors({ ...inner, read: read_ });
    const header = read;
    await file.readFloat32("b");
    expect(header).toBeLessThan(300);
    expect(read - header).toBe(4000);
  });

  test("an unaligned tensor and a source that returns views are read right", async () => {
    const data = new Uint8Array(1 + 8);
    new DataView(data.buffer).setFloat32(1, 1.5, true);
    new DataView(data.buffer).setFloat32(5, -2.5, true);
    const bytes = rawFile(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}',
      data,
    );
    const source = { ...bytesFromArray(bytes, "m"), read: async (at: number, n: number) => bytes.subarray(at, at + n) };
    expect([...(await (await openSafetensors(source)).readFloat32("b"))]).toEqual([1.5, -2.5]);
  });

  test("half types and float64 are converted, across the border of a piece", async () => {
    const count = (1 << 20) + 3;
    const halves = Uint16Array.from({ length: count }, (_, i) => (i * 7) & 0x7bff);
    const raw = new Uint8Array(halves.buffer);
    const f16 = await open(rawFile(entry("F16", [count], 0, 2 * count), raw));
    const values = await f16.readFloat32("t");
    const bf16 = await (await open(rawFile(entry("BF16", [count], 0, 2 * count), raw))).readFloat32("t");
    const bits = new Uint32Array(bf16.buffer);
    for (const i of [0, 1, 2, 1000, count - 4, count - 3, count - 2, count - 1]) {
      const half = halves[i]!;
      const exponent = half >> 10;
      const expected = exponent === 0 ? (half & 0x3ff) * 2 ** -24 : (1 + (half & 0x3ff) / 1024) * 2 ** (exponent - 15);
      expect(values[i]).toBe(expected);
      expect(bits[i]).toBe(half * 0x10000);
    }
    const f64 = Float64Array.of(Math.PI, 1e300, 5e-324, Number.NaN);
    const doubles = await open(rawFile(entry("F64", [4], 0, 32), new Uint8Array(f64.buffer)));
    expect(await doubles.readFloat32("t")).toEqual(Float32Array.from(f64));
  });

  test("integers of every type become int32, and what does not fit is refused", async () => {
    const arrays = [
      Int8Array.of(-5, 7),
      Uint8Array.of(5, 255),
      Int16Array.of(-300, 7),
      Uint16Array.of(1, 65535),
      Int32Array.of(-1, 2 ** 31 - 1),
      Uint32Array.of(1, 2 ** 31 - 1),
      BigInt64Array.of(-3n, 9n),
      BigUint64Array.of(0n, 9n),
    ];
    const file = await open(encodeSafetensors(new Map(arrays.map((data, i) => [`t${i}`, { shape: [2], data }]))));
    for (const [i, data] of arrays.entries()) {
      expect([...(await file.readInt32(`t${i}`))]).toEqual([...data].map(Number));
      expect((await file.readTensor(`t${i}`)).data).toEqual(data);
    }
    const large = await open(
      encodeSafetensors(
        new Map([
          ["a", { shape: [1], data: BigInt64Array.of(2n ** 31n) }],
          ["b", { shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
        ]),
      ),
    );
    for (const name of ["a", "b"]) {
      await expect(large.readInt32(name)).rejects.toMatchObject({ code: "integer_out_of_range" });
    }
    expect([...(await (await open(rawFile(entry("BOOL", [2], 0, 2), Uint8Array.of(1, 0)))).readInt32("t"))]).toEqual([
      1, 0,
    ]);
  });

  test("a type that cannot be what is asked for is refused by name", async () => {
    const file = await open(encodeSafetensors(new Map([["ids", { shape: [1], data: Int32Array.of(1) }]])));
    await expect(file.readFloat32("ids")).rejects.toMatchObject({ name: "ShapeError", code: "tensor_dtype" });
    const half = await open(rawFile(entry("F16", [1], 0, 2), 2));
    await expect(half.readInt32("t")).rejects.toThrow(/"t" is F16/);
    await expect(half.readTensor("t")).rejects.toMatchObject({ code: "tensor_dtype" });
    const eight = await open(rawFile(entry("F8_E4M3", [2], 0, 2), 2));
    await expect(eight.readFloat32("t")).rejects.toMatchObject({ code: "tensor_dtype" });
  });

  test("empty and scalar tensors", async () => {
    const file = await open(
      encodeSafetensors(
        new Map([
          ["empty", { shape: [0, 5], data: new Float32Array(0) }],
          ["scalar", { shape: [], data: Float32Array.of(3) }],
        ]),
      ),
    );
    expect(await file.readFloat32("empty")).toHaveLength(0);
    expect([...(await file.readFloat32("scalar"))]).toEqual([3]);
  });

  test("a missing tensor is named, with its neighbours", async () => {
    const names = ["roberta.encoder.layer.0.query.weight", "roberta.encoder.layer.0.query.bias"];
    const file = await open(
      encodeSafetensors(new Map(names.map((name) => [name, { shape: [1], data: new Float32Array(1) }]))),
    );
    const error = await file.readFloat32("roberta.encoder.layer.0.query.weigth").catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "missing_tensor" });
    expect(error.message).toContain(names[0]);
  });

  test("what the guard refuses is never allocated or read", async () => {
    const count = 2 ** 33;
    const header = new TextEncoder().encode(entry("F16", [count], 0, 2 * count));
    const head = rawFile(new TextDecoder().decode(header));
    const huge: ByteSource = {
      name: "huge.safetensors",
      size: head.byteLength + 2 * count,
      async read(offset, length) {
        expect(offset + length).toBeLessThanOrEqual(head.byteLength);
        return head.slice(offset, offset + length);
      },
      async close() {},
    };
    const file = await openSafetensors(huge);
    const error = await file.readFloat32("t").catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "ResourceError", code: "out_of_memory", details: { bytes: 4 * count } });
    expect(error.message).toMatch(/huge.safetensors.*"t" needs 32.0 GiB, above the limit of 4.0 GiB/);
    const small = await openSafetensors(huge, { guard: fixedMemoryGuard(100) });
    await expect(small.readInt32("t")).rejects.toMatchObject({ code: "tensor_dtype" });
    await expect(small.readTensor("t")).rejects.toMatchObject({ code: "out_of_memory" });
  });
});

test("a Blob is read like bytes", async () => {
  const bytes = encodeSafetensors(new Map([["a", { shape: [2], data: Float32Array.of(4, 5) }]]));
  const file = await openSafetensors(bytesFromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]), "upload"));
  expect([...(await file.readFloat32("a"))]).toEqual([4, 5]);
  await expect(bytesFromBlob(new Blob([]), "upload").read(0, 1)).rejects.toMatchObject({ code: "truncated" });
});
