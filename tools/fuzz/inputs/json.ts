import fc from "fast-check";
import { hostileJson, hostileText } from "./hostile.ts";

/** JSON as a tree that can hold what JSON values cannot: repeated keys, `__proto__`, raw texts. */
type Node = { readonly raw: string } | { readonly list: Node[] } | { readonly members: [key: string, value: Node][] };

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { list: value.map(nodeOf) };
  if (typeof value !== "object" || value === null) return { raw: JSON.stringify(value) };
  return { members: Object.entries(value).map(([key, member]) => [key, nodeOf(member)]) };
}

function textOf(node: Node): string {
  if ("raw" in node) return node.raw;
  if ("list" in node) return `[${node.list.map(textOf).join(",")}]`;
  return `{${node.members.map(([key, member]) => `${JSON.stringify(key)}:${textOf(member)}`).join(",")}}`;
}

/** A place in the tree: a list or object, and an index in it. */
interface Place {
  readonly parent: Node;
  readonly index: number;
}

function placesOf(node: Node, found: Place[] = []): Place[] {
  if ("raw" in node) return found;
  const children = "list" in node ? node.list : node.members.map(([, member]) => member);
  children.forEach((child, index) => {
    found.push({ parent: node, index });
    placesOf(child, found);
  });
  return found;
}

const edit = fc.record({
  at: fc.nat(1_000_000),
  other: fc.nat(1_000_000),
  kind: fc.constantFrom("value", "value", "value", "remove", "repeat", "key", "swap", "insert", "copy"),
  value: hostileJson,
  key: hostileText,
});

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const getAt = ({ parent, index }: Place): Node =>
  "list" in parent ? parent.list[index]! : (parent as { members: [string, Node][] }).members[index]![1];

function setAt({ parent, index }: Place, node: Node): void {
  if ("list" in parent) parent.list[index] = node;
  else if ("members" in parent) parent.members[index]![1] = node;
}

function apply(root: Node, { at, other, kind, value, key }: Edit): Node {
  const places = placesOf(root);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return { raw: value };
  const { parent, index } = place;
  const children: unknown[] = "list" in parent ? parent.list : (parent as { members: unknown[] }).members;
  if (kind === "value") setAt(place, { raw: value });
  else if (kind === "remove") children.splice(index, 1);
  else if (kind === "repeat") children.splice(index, 0, children[index]);
  else if (kind === "insert") children.splice(index, 0, "list" in parent ? { raw: value } : [key, { raw: value }]);
  else if (kind === "key" && "members" in parent) parent.members[index] = [key, parent.members[index]![1]];
  else {
    const second = places[other % places.length]!;
    // A value that holds the other place would make a circle.
    const [a, b] = [{ raw: textOf(getAt(place)) }, { raw: textOf(getAt(second)) }];
    setAt(place, b);
    if (kind === "swap") setAt(second, a);
  }
  return root;
}

/** The text of a JSON document like the example, changed in a few places. */
export function jsonText(example: string): fc.Arbitrary<string> {
  const value: unknown = JSON.parse(example);
  return fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .array(edit, { minLength: 1, maxLength: 4 })
        .map((edits) => textOf(edits.reduce(apply, nodeOf(value)))),
    },
    { weight: 1, arbitrary: hostileJson },
  );
}

/** JSON Lines like the example's, some changed. */
export function jsonLinesText(example: string): fc.Arbitrary<string> {
  const lines = example.trimEnd().split("\n");
  return fc
    .array(fc.oneof(...lines.map((line) => fc.oneof(fc.constant(line), jsonText(line)))), {
      minLength: 1,
      maxLength: 6,
    })
    .chain((some) => fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", "\r").map((end) => some.join(end) + end));
}
