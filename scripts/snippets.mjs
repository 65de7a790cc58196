// The code that documentation shows: fenced blocks of the READMEs and guides, and of the TSDoc comments of the sources.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./run.mjs";

// By hand: a recursive readdir follows the links of node_modules and never comes to an end.
const skipped = new Set(["node_modules", "dist", "api", "runs", "build"]);
const files = (base, ending) =>
  readdirSync(base, { withFileTypes: true }).flatMap((entry) => {
    const path = join(base, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : files(path, ending);
    return entry.name.endsWith(ending) && !entry.name.endsWith(".test.ts") ? [path] : [];
  });

const fence = /^[ \t]*```(\w+)[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm;

const blocksIn = (text, file) =>
  [...text.matchAll(fence)].map(([, language, code]) => ({ file: relative(root, file), language, code }));

/** Every page that people read: the root README, those of packages and examples, the guides. */
export const pages = () =>
  [
    join(root, "README.md"),
    ...["packages", "docs", "examples"].flatMap((name) => files(join(root, name), ".md")),
  ].filter((name) => !name.endsWith("CHANGELOG.md"));

/** Fenced blocks of the pages: `{ file, language, code }`, page by page, in order. */
export const pageSnippets = () => pages().flatMap((file) => blocksIn(readFileSync(file, "utf8"), file));

/** Fenced blocks of the sources' TSDoc comments. */
export const sourceSnippets = () =>
  files(join(root, "packages"), ".ts")
    .filter((name) => /[\\/]src[\\/]/.test(name))
    .flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) =>
        blocksIn(comment.replaceAll(/^[ \t]*\* ?/gm, ""), file),
      ),
    );
