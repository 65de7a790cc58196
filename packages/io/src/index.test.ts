import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, test } from "vitest";

/** Every module that a source file imports, directly or through others; type imports do not count. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  for (const [, types, specifier] of readFileSync(file, "utf8").matchAll(
    /^(?:im|ex)port (type )?[^;]*?from "(.+?)";/gms,
  )) {
    if (types || specifier === undefined || seen.has(specifier)) continue;
    if (!specifier.startsWith(".")) seen.add(specifier);
    else {
      const path = resolve(dirname(file), specifier);
      if (!seen.has(path)) importsOf(path, seen.add(path));
    }
  }
  return seen;
}

test("the root entry needs no Node built-in, so that it runs in a browser", () => {
  const imports = [...importsOf(resolve(import.meta.dirname, "index.ts"))];
  expect(imports.filter((name) => name.endsWith(".ts")).length).toBeGreaterThan(20);
  expect(imports.filter((name) => !name.endsWith(".ts")).sort()).toEqual([
    "@dylora/errors",
    "@dylora/module-patterns",
    "zod/mini",
    "zod/v4/locales/en.js",
  ]);
});
