import { DyloraError } from "@dylora/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ByteSource, bytesFromArray } from "../byte-source.ts";
import { encodeSafetensors } from "./encode.ts";
import { rawFile } from "./fixtures/raw-file.ts";
import { openSafetensors } from "./open.ts";

/** Bytes of the largest read that a file of this size may cause: nothing is read, or allocated, beyond the file. */
function watched(bytes: Uint8Array): ByteSource {
  const inner = bytesFromArray(bytes, "fuzz");
  return {
    ...inner,
    read(offset, length) {
      expect(length).toBeLessThanOrEqual(bytes.byteLength);
      return inner.read(offset, length);
    },
  };
}

async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    const file = await openSafetensors(watched(bytes));
    for (const [name, { shape, byteLength }] of file.tensors) {
      expect(byteLength).toBeLessThanOrEqual(bytes.byteLength);
      expect(shape.every(Number.isSafeInteger)).toBe(true);
      await file.readFloat32(name).catch(onlyOurs);
      await file.readInt32(name).catch(onlyOurs);
      await file.readTensor(name).catch(onlyOurs);
    }
  } catch (error) {
    onlyOurs(error);
  }
}

function onlyOurs(error: unknown): void {
  if (!DyloraError.isInstance(error)) throw error;
}

const dtypes = ["F32", "F16", "BF16", "F64", "I64", "I32", "U8", "BOOL", "F8_E4M3", "F4", "", "toString"];
const number = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.double(), fc.maxSafeNat(), fc.constant(2 ** 53));
const entry = fc.record(
  {
    dtype: fc.oneof(fc.constantFrom(...dtypes), fc.jsonValue()),
    shape: fc.oneof(fc.array(number, { maxLength: 20 }), fc.jsonValue()),
    data_offsets: fc.oneof(fc.tuple(number, number), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test("random bytes are refused, never crash", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 500 });
});

test("random header texts are refused, never crash", async () => {
  const header = fc.oneof(fc.json(), fc.string(), fc.string({ unit: "grapheme" }));
  const file = fc.tuple(header, fc.nat(64)).map(([text, size]) => rawFile(text, size));
  await fc.assert(fc.asyncProperty(file, readAll), { numRuns: 500 });
});

test("headers with wrong entries are refused, never crash or allocate", async () => {
  const header = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(entry, fc.jsonValue()), { maxKeys: 4 });
  const file = fc.tuple(header, fc.nat(64)).map(([value, size]) => rawFile(JSON.stringify(value), size));
  await fc.assert(fc.asyncProperty(file, readAll), { numRuns: 1000 });
});

test("a valid file with changed, cut or added bytes is read or refused, never crashes", async () => {
  const valid = encodeSafetensors(
    new Map([
      ["a", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ["b", { shape: [3], data: BigInt64Array.of(1n, 2n, 3n) }],
      ["c", { shape: [], data: Uint8Array.of(9) }],
    ]),
    { format: "pt" },
  );
  const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  const mutated = fc.tuple(edits, fc.integer({ min: -40, max: 10 })).map(([changes, grow]) => {
    const bytes = new Uint8Array(valid.length + grow);
    bytes.set(valid.subarray(0, bytes.length));
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  await fc.assert(fc.asyncProperty(mutated, readAll), { numRuns: 2000 });
});
