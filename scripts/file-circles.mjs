// Circles between the files of a folder: files that import each other, straight or by way of others. Imports of types
// count, because one can only be read with the other; so do imports on demand.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

/** Paths of the TypeScript files below a folder. */
export function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(".ts"));
}

/** What a file imports, as its import statements, `import()` and `export … from` name it. */
export function importsOf(file) {
  return ts.preProcessFile(readFileSync(file, "utf8")).importedFiles.map(({ fileName }) => fileName);
}

/** For each TypeScript file below `folder`, those of the same folder that it imports; paths are relative to it. */
export function importGraph(folder) {
  const within = (path) => relative(folder, path).replaceAll("\\", "/");
  const graph = new Map();
  for (const file of sourceFiles(folder)) {
    const imported = importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => resolve(dirname(file), specifier))
      .filter((path) => path.endsWith(".ts") && existsSync(path));
    graph.set(within(file), imported.map(within));
  }
  return graph;
}

/** The shortest way from `start` back to itself, or undefined. */
function wayBack(graph, start) {
  const cameFrom = new Map();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) {
        const way = [start];
        for (let step = node; step !== start; step = cameFrom.get(step)) way.unshift(step);
        return [start, ...way];
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

/**
 * Circles of a graph of imports, shortest first: for every node that lies on one, a shortest circle through it. A circle
 * is told once, from the node that is first by name, and ends with the node that it starts with.
 *
 * @param graph for each node, the nodes that it points at
 */
export function circlesOf(graph) {
  const found = new Map();
  for (const start of graph.keys()) {
    const way = wayBack(graph, start)?.slice(0, -1);
    if (way === undefined) continue;
    const first = way.indexOf([...way].sort()[0]);
    const circle = [...way.slice(first), ...way.slice(0, first)];
    found.set(circle.join("\n"), [...circle, circle[0]]);
  }
  return [...found.values()].sort((a, b) => a.length - b.length);
}
