import fc from "fast-check";
import { damaged } from "./bytes.ts";
import { jsonText } from "./json.ts";

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const hostileLength = fc.constantFrom(0n, 1n, 8n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n);

/** A safetensors file like the example, its header changed as JSON, its length mostly right. */
export function safetensorsFile(example: Uint8Array): fc.Arbitrary<Uint8Array> {
  const length = Number(new DataView(example.buffer, example.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(example.subarray(8, 8 + length)).toString();
  const data = example.slice(8 + length);
  const withHeader = (text: string, given?: bigint): Uint8Array => {
    const json = Buffer.from(text);
    const head = new Uint8Array(8);
    new DataView(head.buffer).setBigUint64(0, given ?? BigInt(json.length), true);
    return join(head, json, data);
  };
  return fc.oneof(
    { weight: 8, arbitrary: jsonText(header).map((text) => withHeader(text)) },
    { weight: 1, arbitrary: hostileLength.map((given) => withHeader(header, given)) },
    { weight: 3, arbitrary: damaged(example) },
  );
}

/** A number as thrift's compact protocol writes it. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const hostileNumber = fc.constantFrom(
  ...[
    0n,
    1n,
    2n,
    3n,
    200n,
    1000n,
    2n ** 16n,
    2n ** 20n,
    2n ** 24n,
    2n ** 30n,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n,
    2n ** 62n,
  ],
);

/** A parquet file like the example: numbers replaced by larger ones in pages or footer, whose length stays right. */
export function parquetFile(example: Uint8Array): fc.Arbitrary<Uint8Array> {
  const footerLength = new DataView(example.buffer, example.byteOffset).getUint32(example.length - 8, true);
  const footerStart = example.length - 8 - footerLength;
  const assemble = (pages: Uint8Array, footer: Uint8Array) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, footer.length, true);
    return join(pages, footer, length, Buffer.from("PAR1"));
  };
  const [pages, footer] = [example.slice(0, footerStart), example.slice(footerStart, example.length - 8)];
  const numbers = (bytes: Uint8Array) =>
    fc
      .array(fc.record({ at: fc.nat(10_000_000), value: hostileNumber, keep: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((edits) =>
        edits.reduce((changed, { at, value, keep }) => {
          const i = at % changed.length;
          const written = varint(value);
          return join(changed.slice(0, i), written, changed.slice(i + (keep ? written.length : 1)));
        }, bytes),
      );
  return fc.oneof(
    { weight: 3, arbitrary: numbers(footer).map((changed) => assemble(pages, changed)) },
    { weight: 3, arbitrary: numbers(pages).map((changed) => assemble(changed, footer)) },
    { weight: 2, arbitrary: damaged(footer).map((changed) => assemble(pages, changed)) },
    { weight: 2, arbitrary: damaged(pages).map((changed) => assemble(changed, footer)) },
    { weight: 1, arbitrary: damaged(example) },
  );
}
