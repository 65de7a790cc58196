import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { packages } from "./packages.mjs";
import { root } from "./run.mjs";

const sources = packages.flatMap(({ folder }) =>
  readdirSync(join(folder, "src"), { recursive: true })
    .map(String)
    .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|(^|[\\/])fixtures[\\/]/.test(name))
    .map((name) => join(folder, "src", name)),
);
const found = sources.flatMap((file) => {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(export )?class (\w+) extends (?:\w*Error)\b/gm)].map(([, exported, name]) => ({
    ...{ file, name: name as string, exported: exported !== undefined },
    named: new RegExp(`class ${name} extends \\w+ \\{[^}]*override readonly name(: string)? = "${name}"`).test(text),
  }));
});

test("error classes are found in the sources, and each says its name as a text", () => {
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["DyloraError", "FormatError", "InterruptedError"]),
  );
  expect(found.filter(({ named }) => !named).map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
});

test("an error has the name of its class after a bundler has shortened that", async () => {
  const classes = found.filter(({ exported }) => exported);
  const contents = classes.map(({ file, name }) => `export { ${name} } from ${JSON.stringify(file)};`).join("\n");
  const { outputFiles } = await build({
    ...{ bundle: true, minify: true, write: false, format: "esm", platform: "node" },
    ...{ stdin: { contents, resolveDir: root }, conditions: ["@dylora/source"] },
  });
  const bundle = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`;
  const minified: Record<string, new (...args: string[]) => Error> = await import(/* @vite-ignore */ bundle);
  expect(Object.keys(minified).sort()).toEqual(classes.map(({ name }) => name).sort());
  for (const [name, Class] of Object.entries(minified)) {
    expect(Class.name, "the bundle is not minified").not.toBe(name);
    expect(new Class("SIGINT", "message").name).toBe(name);
  }
});
