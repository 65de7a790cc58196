import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { circlesOf, importGraph } from "./file-circles.mjs";

describe("circles of a graph", () => {
  const circles = (edges: Record<string, string[]>) => circlesOf(new Map(Object.entries(edges)));

  test("are none where every way ends", () => {
    expect(circles({ a: ["b", "c"], b: ["c"], c: [], d: ["a"] })).toEqual([]);
  });

  test("are told once each, shortest first, from the first name", () => {
    expect(circles({ d: ["b"], b: ["c"], c: ["d"], z: ["y", "b"], y: ["z"] })).toEqual([
      ["y", "z", "y"],
      ["b", "c", "d", "b"],
    ]);
  });

  test("include a file that imports itself", () => {
    expect(circles({ a: ["a"] })).toEqual([["a", "a"]]);
  });

  test("leave out files that only lead to a circle", () => {
    expect(circles({ a: ["b"], b: ["c"], c: ["b"] })).toEqual([["b", "c", "b"]]);
  });

  const nodes = [...Array(8).keys()].map(String);
  const graphs = fc
    .array(fc.tuple(fc.constantFrom(...nodes), fc.constantFrom(...nodes)), { maxLength: 20 })
    .map((pairs) => new Map(nodes.map((node) => [node, pairs.filter(([from]) => from === node).map(([, to]) => to)])));

  /** Whether `Array` of nodes can be emptied by taking away, again and again, those that point at none of the rest. */
  function unwinds(graph: Map<string, string[]>): boolean {
    let rest = [...graph.keys()];
    for (;;) {
      const held = rest.filter((node) => graph.get(node)?.some((next) => rest.includes(next)));
      if (held.length === rest.length) return rest.length === 0;
      rest = held;
    }
  }

  test("are found exactly where the nodes cannot be put in an order, and follow its edges", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const found = circlesOf(graph);
        expect(found.length === 0).toBe(unwinds(graph));
        for (const circle of found) {
          expect(circle.at(-1)).toBe(circle[0]);
          expect(new Set(circle).size).toBe(circle.length - 1);
          for (const [i, next] of circle.slice(1).entries()) expect(graph.get(circle[i] as string)).toContain(next);
        }
      }),
    );
  });
});

describe("imports of a folder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dylora-circles-"));
    mkdirSync(join(folder, "room"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const importing = (statement: string) => {
    writeFileSync(join(folder, "a.ts"), `// import "./nothing.ts";\nimport { join } from "node:path";\n${statement}\n`);
    writeFileSync(join(folder, "room", "b.ts"), 'export { a } from "../a.ts";\n');
    return importGraph(folder);
  };

  test.each([
    ['import { b } from "./room/b.ts";'],
    ['import type { B } from "./room/b.ts";'],
    ['import { type B } from "./room/b.ts";'],
    ['import "./room/b.ts";'],
    ['export * from "./room/b.ts";'],
    ['export type { B } from "./room/b.ts";'],
    ['const lazy = () => import("./room/b.ts");'],
    ['type B = import("./room/b.ts").B;'],
  ])("are found in %s", (statement) => {
    const graph = importing(statement);
    expect(Object.fromEntries(graph)).toEqual({ "a.ts": ["room/b.ts"], "room/b.ts": ["a.ts"] });
    expect(circlesOf(graph)).toEqual([["a.ts", "room/b.ts", "a.ts"]]);
  });

  test("of other packages, and of what is no source file, do not count", () => {
    const graph = importing(
      'import { t } from "@dylora/tensor";\nimport data from "./data.json" with { type: "json" };',
    );
    expect(graph.get("a.ts")).toEqual([]);
  });
});
