import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installedDescriptors } from "./auto-backends.ts";

/** Node's own import: vitest's does not take every file URL. */
const importModule = new Script("(url) => import(url)", {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}).runInThisContext() as (url: string) => Promise<unknown>;

const argv = process.argv;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dylora #%20 "));
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  process.argv = [argv[0] as string, join(folder, "program.js")];
});
afterEach(async () => {
  process.argv = argv;
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function install(name: string, source: string): Promise<void> {
  const at = join(folder, "node_modules", "@dylora", name);
  await mkdir(at, { recursive: true });
  await writeFile(
    join(at, "package.json"),
    JSON.stringify({ name: `@dylora/${name}`, type: "module", exports: "./index.js" }),
  );
  await writeFile(join(at, "index.js"), source);
}

const working = (id: string) =>
  `export const descriptor = { id: "${id}", contract: 1, available: async () => ({ available: true, detail: "" }) };`;

test("nothing installed beside the program gives an empty list", async () => {
  expect(await installedDescriptors(() => undefined)).toEqual([]);
});

test("finds what is installed beside the program, fastest first, in a folder with odd characters", async () => {
  await install("backend-wasm", working("wasm"));
  await install("backend-native", working("native"));
  const found = await installedDescriptors(undefined, importModule);
  const own = found.filter(({ id }) => id === "native" || id === "wasm");
  expect(own.map(({ id }) => id)).toEqual(["native", "wasm"]);
  for (const descriptor of own) expect(await descriptor.available()).toEqual({ available: true, detail: "" });
});

test("a package that cannot be imported is listed with its reason and does not hide the others", async () => {
  await install("backend-native", "throw new Error('the addon is missing');");
  await install("backend-wasm", working("wasm"));
  const found = await installedDescriptors(undefined, importModule);
  const [native, wasm] = ["native", "wasm"].map((id) => found.find((descriptor) => descriptor.id === id));
  expect(await wasm?.available()).toMatchObject({ available: true });
  expect(await native?.available()).toEqual({
    available: false,
    reason: "@dylora/backend-native cannot be imported: the addon is missing",
    remedy: "install it anew or remove it",
  });
  await expect(native?.init()).rejects.toMatchObject({ code: "backend_unavailable" });
});
