// After `typedoc`: every link of a README or guide into the documentation site leads to a page that was made, words that people
// look for find guides, and no page links to a file of Markdown.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import vm from "node:vm";
import { inflateSync } from "node:zlib";
import { root } from "./run.mjs";
import { pages } from "./snippets.mjs";

const link = /https:\/\/dylora\.github\.io\/dylora\/([^\s)#>"]*)/g;
const site = join(root, "docs", "api");
let failed = false;

function complain(message) {
  failed = true;
  console.error(message);
}

if (!existsSync(join(site, "index.html"))) {
  console.error(`${relative(root, site)} holds no site: run typedoc first`);
  process.exit(1);
}

// `pnpm docs:site` puts the playground beside the pages.
const beside = (path) => path.startsWith("playground/") && !existsSync(join(site, "playground"));
const links = pages().flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(link)].map(([, path]) => ({ page, path: path || "index.html" })),
);
const dead = links.filter(({ path }) => !beside(path) && !existsSync(join(site, path)));
for (const { page, path } of dead) complain(`${relative(root, page)}: the site has no ${path}`);
console.log(`${links.length} links into the site, ${dead.length} dead`);
if (links.length === 0) complain("no page links into the site");

/** What TypeDoc's search box looks through: `rows` with `name` and `url`, and an index of lunr. */
function searchData() {
  const window = {};
  vm.runInNewContext(readFileSync(join(site, "assets", "search.js"), "utf8"), { window });
  return JSON.parse(inflateSync(Buffer.from(window.searchData, "base64")).toString());
}

const lunr = createRequire(import.meta.resolve("typedoc"))("lunr");
const { rows, index } = searchData();
const search = lunr.Index.load(index);
// As the search box asks, and as many as it shows without scrolling.
const found = (words) => {
  const query = words
    .split(" ")
    .map((word) => `*${word}*`)
    .join(" ");
  return search.search(query).map(({ ref }) => rows[Number(ref)]);
};
const shown = 10;
const wanted = {
  "early stopping": "Stopping and resuming",
  "choosing a rank": "Choosing a rank",
  TensorBoard: "Watching and comparing runs",
  PEFT: "From PEFT to dylora and back",
};
for (const [words, guide] of Object.entries(wanted)) {
  const place = found(words).findIndex(({ name }) => name === guide);
  console.log(`search "${words}": ${place < 0 ? "not found" : `place ${place + 1}`}`);
  if (place < 0) complain(`searching for "${words}" does not find the guide ${guide} of the site`);
  else if (place >= shown) complain(`searching for "${words}" finds the guide ${guide} at place ${place + 1} only`);
}

for (const page of readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html"))) {
  const text = readFileSync(join(site, page), "utf8");
  for (const [, target] of text.matchAll(/href="((?!https?:)[^"]*\.md)(?:#[^"]*)?"/g))
    complain(`${page} links to ${target}`);
  const headings = text.match(/<h1/g)?.length ?? 0;
  if (headings !== 1 && !page.startsWith("playground")) complain(`${page} has ${headings} headings of the first level`);
}
process.exit(failed ? 1 : 0);
