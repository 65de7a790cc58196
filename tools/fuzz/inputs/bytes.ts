import fc from "fast-check";

const byteEdit = fc.record({
  at: fc.nat(100_000_000),
  length: fc.constantFrom(1, 1, 2, 4, 8, 64, 1000),
  kind: fc.constantFrom("flip", "set", "insert", "remove", "repeat", "cut", "zero", "ones", "move"),
  byte: fc.oneof(fc.constantFrom(0, 0xff, 0x7f, 0x80, 0x0a, 0x22, 0x5b, 0x7b, 0x1b, 0xc3, 0xef), fc.nat(255)),
});

type ByteEdit = typeof byteEdit extends fc.Arbitrary<infer T> ? T : never;

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function applyBytes(bytes: Uint8Array, { at, length, kind, byte }: ByteEdit): Uint8Array {
  const i = at % Math.max(1, bytes.length);
  const [head, part, tail] = [bytes.slice(0, i), bytes.slice(i, i + length), bytes.slice(i + length)];
  if (kind === "flip")
    return join(
      head,
      part.map((value) => value ^ (1 << (byte & 7))),
      tail,
    );
  if (kind === "set") return join(head, Uint8Array.of(byte), tail);
  if (kind === "insert") return join(head, new Uint8Array(length).fill(byte), part, tail);
  if (kind === "remove") return join(head, tail);
  if (kind === "repeat") return join(head, part, part, tail);
  if (kind === "cut") return head;
  if (kind === "move") return join(tail, part, head);
  return join(head, part.fill(kind === "zero" ? 0 : 0xff), tail);
}

/** The bytes, changed in a few places without regard for what they mean. */
export const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.array(byteEdit, { minLength: 1, maxLength: 4 }).map((edits) => edits.reduce(applyBytes, bytes));

const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);

/** What happens to whole files: a byte order mark, two files in one, another encoding, nothing at all, changed bytes. */
export const mishandled = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: damaged(bytes) },
    { weight: 1, arbitrary: fc.constant(join(BOM, bytes)) },
    { weight: 1, arbitrary: fc.constant(join(bytes, bytes)) },
    {
      weight: 1,
      arbitrary: fc.constant(new Uint8Array(Buffer.from(Buffer.from(bytes).toString("latin1"), "utf16le"))),
    },
    { weight: 1, arbitrary: fc.nat(64).map((length) => bytes.slice(0, length)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  );
