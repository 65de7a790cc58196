// pnpm new:package NAME: writes a package that builds, lints, documents and tests as all the others do. Its settings are
// copies of those of packages/errors, so that they are never older than the repository's.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allowedFor } from "./boundaries.mjs";
import { root, run } from "./run.mjs";

function stop(line) {
  console.error(line);
  process.exit(2);
}

const [name = ""] = process.argv.slice(2);
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  stop(`usage: pnpm new:package NAME, with a name in lower case such as model-bert; found "${name}"`);
}
const folder = join(root, "packages", name);
if (existsSync(folder)) stop(`packages/${name} is there already`);

const model = join(root, "packages", "errors");
const write = (path, text) => writeFileSync(join(folder, path), text);
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const asJson = (value) => `${JSON.stringify(value, undefined, 2)}\n`;

mkdirSync(join(folder, "src"), { recursive: true });
for (const file of ["tsconfig.json", "tsdown.config.ts", "typedoc.json"]) cpSync(join(model, file), join(folder, file));
const manifest = JSON.parse(
  readFileSync(join(model, "package.json"), "utf8").replaceAll("packages/errors", `packages/${name}`),
);
manifest.name = `@dylora/${name}`;
manifest.version = "0.0.0";
manifest.description = `Says in one sentence what ${name} is for.`;
manifest.dependencies = { "@dylora/errors": "workspace:^" };
manifest.devDependencies = { "fast-check": "catalog:" };
write("package.json", asJson(manifest));

const example = `import { roundUp } from "@dylora/${name}";

console.log(roundUp(5, 4)); // 8`;
write("src/index.ts", 'export { roundUp } from "./round-up.ts";\n');
write(
  "src/round-up.ts",
  `import { ConfigError } from "@dylora/errors";

/**
 * Rounds a rank up to a whole multiple. Here to show the form; put the package's own first function in its place.
 *
 * @param rank a whole number from 1
 * @param multiple what the result is a multiple of, a whole number from 1
 * @throws ConfigError \`bad_rank\` when one of them is not such a number
 *
 * @example
 * \`\`\`ts
${example.replace(/^/gm, " * ").replace(/ +$/gm, "")}
 * \`\`\`
 */
export function roundUp(rank: number, multiple: number): number {
  for (const value of [rank, multiple]) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ConfigError("bad_rank", \`ranks are whole numbers from 1; found \${value}\`, { details: { value } });
    }
  }
  return Math.ceil(rank / multiple) * multiple;
}
`,
);
write(
  "src/round-up.test.ts",
  `import fc from "fast-check";
import { expect, test } from "vitest";
import { roundUp } from "./round-up.ts";

const rank = fc.integer({ min: 1, max: 1000 });

test("is the smallest multiple that is not below the rank", () => {
  fc.assert(
    fc.property(rank, rank, (value, multiple) => {
      const result = roundUp(value, multiple);
      expect(result % multiple).toBe(0);
      expect(result).toBeGreaterThanOrEqual(value);
      expect(result - multiple).toBeLessThan(value);
    }),
  );
});

test.each([[0], [1.5], [Number.NaN]])("refuses %s", (value) => {
  expect(() => roundUp(value, 4)).toThrow(expect.objectContaining({ code: "bad_rank" }));
});
`,
);
const page = `https://dylora.github.io/dylora/modules/_dylora_${name}.html`;
write(
  "README.md",
  `# @dylora/${name}

${manifest.description}

[API documentation](${page})

\`\`\`sh
npm install @dylora/${name}
\`\`\`

\`\`\`ts
${example}
\`\`\`

Apache-2.0
`,
);

const boundaries = join(root, "scripts", "boundaries.json");
if (allowedFor(name) === undefined) writeFileSync(boundaries, asJson({ ...readJson(boundaries), [name]: ["errors"] }));
writeFileSync(
  join(root, ".changeset", `new-${name}.md`),
  `---\n"${manifest.name}": minor\n---\n\nFirst release: ${manifest.description}\n`,
);
const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
run(process.execPath, [biome, "check", "--write", folder, boundaries]);

console.log(`packages/${name} is written. Next:
  pnpm install                         links it into the workspace
  pnpm build && npm test -- packages/${name}/
  scripts/boundaries.json              says what it may depend on
  README.md                            lists the packages for people: add it there`);
