import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descriptor as roberta } from "@dylora/model-roberta";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDescriptor } from "./find-descriptor.ts";
import { isPackageName, openModelPackage } from "./model-package.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "model-package-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}

test("a script or a package with a descriptor opens its own model types, and ours stay", async () => {
  const described = { ...roberta, modelTypes: ["mine"] };
  const text = 'export const descriptor = { contract: 1, modelTypes: ["mine"], parse: () => ({ name: "mine" }) };\n';
  const loaded = await openModelPackage(await script("mine.mjs", text));
  expect(loaded.parse({})).toEqual({ name: "mine" });
  for (const given of [loaded, described]) {
    expect(await findDescriptor({ model_type: "mine" }, [given])).toBe(given);
    expect(await findDescriptor({ model_type: "roberta" }, [given])).toBe(roberta);
  }
  const instead = { ...roberta };
  expect(await findDescriptor({ model_type: "camembert" }, [instead])).toBe(instead);
});

test("a package is known by its name from a path, and from a module within a package", () => {
  for (const name of ["my-model", "@me/my-model", "model_2.0"]) expect(isPackageName(name)).toBe(true);
  for (const name of ["./m", "../m", "/m", "m/bin", "@me/m/x", "m.mjs", "m.ts", "~/m", "C:\\m", "file:m", ".m", ""]) {
    expect(isPackageName(name)).toBe(false);
  }
});

test("what describes no model is refused, and so is a model that nobody describes", async () => {
  const refused = async (name: string) => expect(openModelPackage(name)).rejects;
  await (await refused("@nobody/model")).toMatchObject({ code: "unknown_model" });
  await (await refused("@dylora/errors")).toThrow(/exports no descriptor/);
  await (await refused(await script("old.mjs", "export const descriptor = { contract: 0 };"))).toThrow(/contract 0/);
  await (await refused(join(dir, "none.mjs"))).toMatchObject({ code: "bad_module_file" });
  for (const type of ["bert", "constructor", 3, undefined]) {
    await expect(findDescriptor({ model_type: type })).rejects.toMatchObject({
      code: "bad_model_config",
      message: expect.stringMatching(/dylora loads roberta.*gpt2/),
    });
  }
});
