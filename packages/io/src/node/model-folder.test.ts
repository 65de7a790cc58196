import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { MANIFEST } from "./folder-manifest.ts";
import { openModelFolder } from "./model-folder.ts";
import { openSafetensorsFile } from "./open-safetensors-file.ts";
import { writeModelFolder } from "./write-model.ts";

const weights = (...names: string[]) =>
  encodeSafetensors(new Map(names.map((name) => [name, { shape: [2], data: Float32Array.of(name.length, 0.5) }])));

async function folder(files: Record<string, string | Uint8Array>): Promise<string> {
  const dir = await tempFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}
const config = JSON.stringify({ model_type: "roberta", hidden_size: 8 });
const index = (map: object) => JSON.stringify({ metadata: {}, weight_map: map });

describe("opening", () => {
  test("a folder with one weight file", async () => {
    const dir = await folder({ "config.json": config, "model.safetensors": weights("a.b"), "tokenizer.json": "{}" });
    const model = await openModelFolder(dir);
    expect(model.config).toEqual({ model_type: "roberta", hidden_size: 8 });
    expect(model.files).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect([...(await model.weights.at("a").read("b", [2]))]).toEqual([3, 0.5]);
    await model[Symbol.asyncDispose]();
    await expect(model.weights.read("a.b", [2])).rejects.toThrow();
  });

  test("a folder with shards", async () => {
    const dir = await folder({
      "config.json": config,
      "model.safetensors.index.json": index({ a: "model-1.safetensors", bb: "model-2.safetensors" }),
      "model-1.safetensors": weights("a"),
      "model-2.safetensors": weights("bb", "unlisted"),
    });
    const { weights: source } = await openModelFolder(dir);
    expect(source.names()).toEqual(["a", "bb", "unlisted"]);
    expect([...(await source.read("bb", [2]))]).toEqual([2, 0.5]);
    const wrong = await source.read("bb", [3]).catch((thrown) => thrown);
    expect(wrong.message).toContain("model-2.safetensors");
    await source.close();
  });

  const good = { "config.json": config, "model.safetensors": weights("a") };
  test.each<[what: string, files: Record<string, string | Uint8Array>, code: string, message: RegExp]>([
    ["no config", { "model.safetensors": weights("a") }, "config_missing", /no config.json/],
    ["an adapter", { "adapter_config.json": "{}" }, "config_missing", /folder of its base model/],
    ["a broken config", { ...good, "config.json": "{" }, "bad_json", /config.json is not JSON/],
    ["a config that is a list", { ...good, "config.json": "[]" }, "bad_json", /JSON object/],
    ["no weights", { "config.json": config }, "weights_missing", /neither model.safetensors nor/],
    ["only a pickle", { "config.json": config, "pytorch_model.bin": "x" }, "pickle_refused", /save_file/],
    ["pickled shards", { "config.json": config, "pytorch_model.bin.index.json": "x" }, "pickle_refused", /Convert/],
    [
      "a pickle under another name",
      { ...good, "model.safetensors": "PK\u0003\u0004zip" },
      "pickle_refused",
      /save_file/,
    ],
    ["a text for weights", { ...good, "model.safetensors": "version https://git-lfs" }, "not_safetensors", /not a saf/],
    [
      "a missing shard",
      { "config.json": config, "model.safetensors.index.json": index({ a: "gone.safetensors" }) },
      "file_missing",
      /gone.safetensors does not exist/,
    ],
    [
      "a shard outside the folder",
      { "config.json": config, "model.safetensors.index.json": index({ a: "../../other.safetensors" }) },
      "unsafe_path",
      /may leave its folder/,
    ],
  ])("%s is refused", async (_, files, code, message) => {
    const error = await openModelFolder(await folder(files)).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code });
    expect(error.message).toMatch(message);
  });

  test("a folder that is missing or is a file is refused", async () => {
    const dir = await folder({ file: "" });
    await expect(openModelFolder(join(dir, "none"))).rejects.toMatchObject({ code: "file_missing" });
    await expect(openModelFolder(join(dir, "file"))).rejects.toMatchObject({ code: "not_a_folder" });
  });
});

describe("writing", () => {
  const values = Float32Array.of(1, 1 + 2 ** -9, 70000, -1e-7);
  const tensors = new Map([
    ["w", { shape: [2, 2], load: () => values.slice() }],
    ["b", { shape: [], load: async () => Float32Array.of(2) }],
  ]);

  // Rounded by hand: 1 + 2^-9 needs 9 fraction bits; half has 10, bfloat16 7. 70000 = 0x1.117p16. -1e-7 in half is a
  // subnormal, -2 * 2^-24; in bfloat16 0xB3D7 after rounding 0xB3D6BF95.
  test.each([
    ["float32", "F32", values],
    ["float16", "F16", Float32Array.of(1, 1 + 2 ** -9, Number.POSITIVE_INFINITY, -(2 ** -23))],
    ["bfloat16", "BF16", Float32Array.of(1, 1, 70144, new Float32Array(Uint32Array.of(0xb3d70000).buffer)[0]!)],
  ] as const)("%s weights are stored and found again", async (dtype, stored, expected) => {
    const dir = join(await tempFolder(), "merged");
    await writeModelFolder(dir, { config: { model_type: "roberta", torch_dtype: "x" }, tensors, dtype });
    expect((await readdir(dir)).filter((name) => name !== MANIFEST).sort()).toEqual([
      "config.json",
      "model.safetensors",
    ]);
    const { config, weights: source } = await openModelFolder(dir);
    expect(config).toEqual({ model_type: "roberta", torch_dtype: dtype, dtype });
    expect(await source.read("w", [2, 2])).toEqual(expected);
    await source.close();
    const file = await openSafetensorsFile(join(dir, "model.safetensors"));
    expect([file.metadata, file.tensors.get("w")?.dtype]).toEqual([{ format: "pt" }, stored]);
    await file.close();
  });

  test("one tensor at a time is made, in the order of the file", async () => {
    let alive = 0;
    const order: string[] = [];
    const lazy = (name: string) => ({
      shape: [1],
      load: async () => {
        order.push(name);
        expect(++alive).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        alive--;
        return Float32Array.of(1);
      },
    });
    const three = new Map(["c", "a", "b"].map((name) => [name, lazy(name)]));
    await writeModelFolder(join(await tempFolder(), "m"), { config: {}, tensors: three });
    expect(order).toEqual(["a", "b", "c"]);
  });

  test("other files are copied, weights in any format and folders are not", async () => {
    const from = await folder({
      "config.json": "{}",
      "tokenizer.json": "tokens",
      "merges.txt": "merges",
      LICENSE: "licence",
      "model-00001-of-00002.safetensors": "",
      "model.safetensors.index.json": "",
      "pytorch_model.bin": "",
      "tf_model.h5": "",
      "adapter_config.json": "",
      ".gitattributes": "",
    });
    await mkdir(join(from, "onnx"));
    const dir = join(await tempFolder(), "m");
    await writeModelFolder(dir, { config: { a: 1 }, tensors, copyFrom: from });
    expect((await readdir(dir)).filter((name) => name !== MANIFEST).sort()).toEqual([
      "LICENSE",
      "config.json",
      "merges.txt",
      "model.safetensors",
      "tokenizer.json",
    ]);
    expect(await readFile(join(dir, "tokenizer.json"), "utf8")).toBe("tokens");
    expect(JSON.parse(await readFile(join(dir, "config.json"), "utf8"))).toEqual({ a: 1, dtype: "float32" });
  });

  const linked = test.skipIf(process.platform === "win32");

  linked("links that lead out of the folder are neither copied nor opened; those of the hub's cache are", async () => {
    const root = await tempFolder();
    await writeFile(join(root, "secret-key"), "secret");
    const repo = join(root, "models--owner--name");
    const snapshot = join(repo, "snapshots", "c0ffee");
    for (const path of [snapshot, join(repo, "blobs")]) await mkdir(path, { recursive: true });
    const blob = async (name: string, content: string | Uint8Array, digit: string) => {
      await writeFile(join(repo, "blobs", digit.repeat(40)), content);
      await symlink(join("..", "..", "blobs", digit.repeat(40)), join(snapshot, name));
    };
    await blob("config.json", config, "a");
    await blob("model.safetensors", weights("w"), "b");
    await blob("tokenizer.json", "tokens", "c");
    await symlink(join("..", "..", "..", "secret-key"), join(snapshot, "NOTES.txt"));
    await symlink("tokenizer.json", join(snapshot, "same.json"));
    await symlink("nowhere", join(snapshot, "gone.txt"));
    const cached = await openModelFolder(snapshot);
    await cached.weights.close();
    const dir = join(root, "merged");
    const left = await writeModelFolder(dir, { config: {}, tensors, copyFrom: snapshot });
    expect((await readdir(dir)).filter((name) => name !== MANIFEST).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "same.json",
      "tokenizer.json",
    ]);
    expect(await readFile(join(dir, "tokenizer.json"), "utf8")).toBe("tokens");
    expect(left).toEqual([
      { name: "NOTES.txt", reason: "a link that leads out of the folder" },
      { name: "gone.txt", reason: "a link that leads nowhere" },
    ]);

    const clone = await folder({ "config.json": config, "model.safetensors": weights("w") });
    for (const name of ["config.json", "model.safetensors"]) {
      const evil = await folder({ "config.json": config, "model.safetensors": weights("w") });
      await rm(join(evil, name));
      await symlink(join(clone, name), join(evil, name));
      const error = await openModelFolder(evil).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: "FormatError", code: "outside_folder" });
      expect(error.message).toContain(`"${name}" in ${evil} is a link that leads out of the folder`);
    }
    await symlink(clone, join(root, "link"));
    await (await openModelFolder(join(root, "link"))).weights.close();
  });

  test("a tensor that fails, a missing source folder or a full target leaves nothing behind", async () => {
    const root = await tempFolder();
    const bad = new Map([...tensors, ["z", { shape: [3], load: () => Float32Array.of(1) }]]);
    await expect(writeModelFolder(join(root, "m"), { config: {}, tensors: bad })).rejects.toThrow(/"z": 4 bytes/);
    const gone = { config: {}, tensors, copyFrom: join(root, "none") };
    await expect(writeModelFolder(join(root, "m"), gone)).rejects.toMatchObject({ code: "file_missing" });
    expect(await readdir(root)).toEqual([]);
    await writeModelFolder(join(root, "m"), { config: {}, tensors });
    await expect(writeModelFolder(join(root, "m"), { config: {}, tensors })).rejects.toMatchObject({
      code: "output_not_empty",
    });
    await writeModelFolder(join(root, "m"), { config: { new: true }, tensors, overwrite: true });
    expect((await openModelFolder(join(root, "m"))).config).toMatchObject({ new: true });
  });
});
