import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { versions } from "./versions.ts";

const packages = join(import.meta.dirname, "../../../../packages");
const manifests = readdirSync(packages).map(
  (name) => JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")) as { name: string; version: string },
);

test("every model and every backend that is installed has its version, and so have Node and tfjs", () => {
  // Where a backend beside the program lies: in the node_modules of the current folder.
  vi.spyOn(process, "cwd").mockReturnValue(join(packages, "golden-suite"));
  const found = versions({ program: "1.2.3" });
  expect(found).toMatchObject({ node: process.versions.node, program: "1.2.3", "@tensorflow/tfjs-core": "4.22.0" });
  const wanted = manifests.filter(({ name }) => /^@dylora\/(model|backend)-/.test(name));
  expect(wanted.length).toBeGreaterThanOrEqual(7);
  for (const { name, version } of wanted) expect(found[name], name).toBe(version);
  vi.restoreAllMocks();
});
