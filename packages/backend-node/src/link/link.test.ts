import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  forgetLibrary,
  install,
  makeProject,
  onImport,
  type Project,
  tensorflowRegistrar,
} from "../fixtures/project.ts";
import { nodeBackend } from "../index.ts";
import { deviceIn, messageIn } from "../probe-binding.ts";
import { nodeVariant } from "../variant.ts";
import { undefinedFunctions } from "./build-addon.ts";
import { findLibtensorflow } from "./libtensorflow-folder.ts";
import { linkCommand } from "./link-command.ts";

const tiny = fileURLToPath(new URL("../fixtures/tiny", import.meta.url));
const compiler = ["c++", "g++", "clang++"].find((name) => spawnSync(name, ["--version"]).status === 0);

let project: Project;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(async () => {
  forgetLibrary();
  await rm(project.folder, { recursive: true });
});

/** A libtensorflow in miniature, in the layout of the C archive. */
function tinyLibrary(folder: string, ...flags: string[]): string {
  cpSync(join(tiny, "include"), join(folder, "include"), { recursive: true });
  mkdirSync(join(folder, "lib"), { recursive: true });
  const target = join(folder, "lib", "libtensorflow.so.2");
  const named = ["-Xlinker", "-soname", "-Xlinker", "libtensorflow.so.2"];
  const args = ["-shared", "-fPIC", ...flags, join(tiny, "libtensorflow.cc"), ...named, "-o", target];
  const { status, stderr } = spawnSync(compiler as string, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return folder;
}

async function run(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const lines: Record<"out" | "notes", string[]> = { out: [], notes: [] };
  const output = { say: (line: string) => lines.out.push(line), note: (line: string) => lines.notes.push(line) };
  const code = await linkCommand(nodeVariant, args, project.folder, output);
  return { code, out: lines.out.join("\n"), notes: lines.notes.join("\n") };
}

/** Empty files in the project. */
const make = async (...paths: string[]) => {
  for (const path of paths) {
    await mkdir(join(project.folder, path, ".."), { recursive: true });
    await writeFile(join(project.folder, path), "");
  }
};
const headers = (folder: string) => [`${folder}/tensorflow/c/c_api.h`, `${folder}/tensorflow/c/eager/c_api.h`];
const ending = process.platform === "darwin" ? ".2.dylib" : ".so.2";

describe("finds libtensorflow", () => {
  test("in the C archive", async () => {
    await make(`lib/libtensorflow${ending}`, `lib/libtensorflow_framework${ending}`, ...headers("include"));
    expect(findLibtensorflow(project.folder)).toEqual({
      include: join(project.folder, "include"),
      folder: join(project.folder, "lib"),
      libraries: ["", "_framework"].map((part) => join(project.folder, "lib", `libtensorflow${part}${ending}`)),
    });
  });

  test("in an unpacked Python wheel, or the folder within", async () => {
    await make(`tensorflow/libtensorflow_cc${ending}`, ...headers("tensorflow/include"));
    const found = {
      include: join(project.folder, "tensorflow", "include"),
      folder: join(project.folder, "tensorflow"),
      libraries: [join(project.folder, "tensorflow", `libtensorflow_cc${ending}`)],
    };
    expect(findLibtensorflow(project.folder)).toEqual(found);
    expect(findLibtensorflow(join(project.folder, "tensorflow"))).toEqual(found);
  });

  test("and says what is missing", async () => {
    expect(() => findLibtensorflow(join(project.folder, "nowhere"))).toThrow(/there is no folder .*nowhere/);
    expect(() => findLibtensorflow(join(project.folder, "package.json"))).toThrow(/is a file; unpack it/);
    expect(() => findLibtensorflow(project.folder)).toThrow(/no libtensorflow.* lies in/);
    await make(`lib/libtensorflow${ending}`, "include/tensorflow/c/c_api.h");
    expect(() => findLibtensorflow(project.folder)).toThrow(/its header .*eager.c_api\.h is not/);
  });
});

test("reads from linkers' complaints which functions are missing", () => {
  const gnu = "x.cc:(.text+0x1): undefined reference to `TF_NewOp'\nundefined reference to `napi_throw'\n";
  const lld = "ld.lld: error: undefined symbol: TFE_Execute\n>>> referenced by TFE_Other\n";
  const apple = 'Undefined symbols for architecture arm64:\n  "_TF_Version", referenced from:\n      TF_x in y.o\n';
  expect(undefinedFunctions(gnu + gnu + lld + apple)).toEqual(["TFE_Execute", "TF_NewOp", "TF_Version"]);
});

test("reads the device from TensorFlow's notes, and why there is none", () => {
  const opened =
    "I0000 00:00:17.7 42 gpu_device.cc:2020] Created device /job:localhost/replica:0/task:0/device:GPU:0 with 77874 MB " +
    "memory:  -> device: 0, name: NVIDIA H100 80GB HBM3, pci bus id: 0000:53:00.0, compute capability: 9.0\n";
  expect(deviceIn(opened)).toBe("NVIDIA H100 80GB HBM3");
  expect(deviceIn("nothing of the kind")).toBeUndefined();
  const none = "I0000 cuda_cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.\n";
  expect(messageIn(none)).toBe("Could not find cuda drivers on your machine, GPU will not be used.");
});

describe("bad input ends with 2 and one line", () => {
  test.each([
    [["link"], /link needs --libtensorflow DIR/],
    [["link", "--libtensorflow", "/nowhere/at/all"], /there is no folder \/nowhere\/at\/all/],
    [["link", "there", "--libtensorflow", "x"], /"there" is one word too many/],
    [["link", "--lib", "x"], /Unknown option '--lib'.*--help/],
    [["relink"], /there is no command "relink"/],
  ])("%j", async (args, message) => {
    const { code, notes } = await run(...args);
    expect(code).toBe(2);
    expect(notes.replace("building the addon and multiplying with it ...\n", "")).toMatch(message);
    expect(notes).not.toMatch(/\n\s+at /);
  });
  test("tfjs-node, whose sources are built, must be there", async () => {
    await make(`lib/libtensorflow${ending}`, ...headers("include"));
    expect(await run("link", "--libtensorflow", project.folder)).toMatchObject({
      code: 2,
      notes: expect.stringMatching(
        /is not installed; run `npm install @tensorflow\/tfjs-node@4\.22\.0 --ignore-scripts`/,
      ),
    });
  });
  test("help is no error", async () => {
    expect(await run()).toEqual(await run("--help"));
    expect(await run("-h")).toMatchObject({ code: 0, out: expect.stringContaining("unlink undoes it"), notes: "" });
  });
});

describe.skipIf(compiler === undefined || process.platform === "win32")("with a compiler", () => {
  beforeAll(() => vi.stubEnv("CXX", compiler));
  const record = () => join(project.folder, ".dylora", "backend-node", "link.json");

  beforeEach(async () => {
    await install(project, { binary: false });
    await cp(join(tiny, "binding"), join(project.tfjsNode, "binding"), { recursive: true });
  });

  test("link builds, multiplies and remembers; the backend loads what was linked; unlink undoes it", async () => {
    const library = tinyLibrary(join(project.folder, "tf, 2.99"));
    const linked = await run("link", "--libtensorflow", library);
    expect(linked.out).toBe(`linked libtensorflow 2.99.0 in ${project.folder}; it multiplies right on the CPU`);
    expect(linked.code).toBe(0);
    expect(JSON.parse(readFileSync(record(), "utf8"))).toMatchObject({ version: "2.99.0", tfjsVersion: "4.22.0" });

    const within = nodeBackend({ project: join(project.folder, "deeper", "still") });
    const detail = "tfjs-node 4.22.0, linked libtensorflow 2.99.0";
    expect(await within.available()).toEqual({ available: true, detail });
    const register = await tensorflowRegistrar();
    const bindings: string[] = [];
    onImport((binding) => {
      bindings.push(binding);
      register({});
    });
    const backend = await within.init();
    expect(bindings).toEqual([join(project.folder, ".dylora", "backend-node", "tfjs_binding.node")]);
    expect(backend.detail).toContain(detail);
    backend.dispose();

    rmSync(join(library, "lib"), { recursive: true });
    expect(await within.available()).toMatchObject({ reason: expect.stringMatching(/lib is gone/) });
    await install(project, { binary: false, changes: { version: "4.23.0" } });
    expect(await within.available()).toMatchObject({ reason: expect.stringMatching(/from .* 4\.22\.0, not 4\.23\.0/) });
    writeFileSync(record(), "{}");
    expect(await within.available()).toMatchObject({ reason: expect.stringMatching(/no record of a linked/) });

    expect(await run("unlink")).toMatchObject({ code: 0, out: expect.stringContaining("no longer uses") });
    expect(existsSync(join(project.folder, ".dylora"))).toBe(false);
    expect(await within.available()).toMatchObject({ reason: expect.stringMatching(/without its native binary/) });
    expect(await run("unlink")).toMatchObject({ code: 0, out: "nothing is linked here" });
  });

  test.each([
    ["-DLACKS_EXECUTE", 2, /lacks 1 of the C functions that are needed, among them TFE_Execute;/],
    ["-DMULTIPLIES_WRONGLY", 1, /libtensorflow 2\.99\.0 multiplies wrongly: 1 of 4096 numbers/],
  ])("%s is refused and leaves nothing behind", async (flag, code, message) => {
    const refused = await run("link", "--libtensorflow", tinyLibrary(join(project.folder, "tf"), flag));
    expect(refused).toMatchObject({ code, notes: expect.stringMatching(message) });
    expect(existsSync(join(project.folder, ".dylora"))).toBe(false);
  });

  test("what is not a library is refused", async () => {
    const library = tinyLibrary(join(project.folder, "tf"));
    writeFileSync(join(library, "lib", "libtensorflow.so.2"), "text");
    expect(await run("link", "--libtensorflow", library)).toMatchObject({
      code: 2,
      notes: expect.stringMatching(/libtensorflow\.so\.2 cannot be linked: /),
    });
  });
});
