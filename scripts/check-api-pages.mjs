// After `typedoc`: every link of a README or guide into the documentation site leads to a page that was made.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./run.mjs";
import { pages } from "./snippets.mjs";

const link = /https:\/\/dylora\.github\.io\/dylora\/([^\s)#>"]*)/g;
const site = join(root, "docs", "api");

const links = pages().flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(link)].map(([, path]) => ({ page, path: path || "index.html" })),
);
const dead = links.filter(({ path }) => !existsSync(join(site, path)));
for (const { page, path } of dead) console.error(`${relative(root, page)}: the site has no ${path}`);
console.log(`${links.length} links into the site, ${dead.length} dead`);
if (links.length === 0 || dead.length > 0) process.exit(1);
