import { describe, expect, test } from "vitest";
import { bytesFromArray } from "../byte-source.ts";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { openSafetensors, type SafetensorsFile } from "../safetensors/open.ts";
import type { TensorData } from "../tensor-data.ts";
import { memoryWeights } from "./memory-weights.ts";
import { safetensorsWeights } from "./safetensors-weights.ts";
import { parseShardIndex, shardedWeights } from "./sharded-weights.ts";
import type { WeightSource } from "./weight-source.ts";

const tensors = new Map([
  ["roberta.encoder.layer.0.query.weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ["roberta.encoder.layer.0.query.bias", { shape: [2], data: Float32Array.of(5, 6) }],
  ["classifier.bias", { shape: [1], data: Float32Array.of(7) }],
]);
const pick = (...names: string[]) => new Map([...tensors].filter(([name]) => names.includes(name)));
const opened = (part: ReadonlyMap<string, TensorData>, name: string) =>
  openSafetensors(bytesFromArray(encodeSafetensors(part), name));

const index = new Map([...tensors.keys()].map((name) => [name, name.startsWith("r") ? "one.st" : "two.st"]));
const openShard = (shard: string) => opened(pick(...[...index].filter(([, s]) => s === shard).map(([n]) => n)), shard);

const sources: [kind: string, make: () => Promise<WeightSource>, file: string][] = [
  ["in memory", async () => memoryWeights(tensors, "memory"), "memory"],
  ["one file", async () => safetensorsWeights(await opened(tensors, "m.safetensors")), "m.safetensors"],
  ["shards", () => shardedWeights(index, openShard, "folder"), "one.st"],
];

describe.each(sources)("weights %s", (_, make, file) => {
  test("a cursor walks down and names stay relative", async () => {
    const root = await make();
    const layer = root.at("roberta.encoder").at("layer.0");
    expect(layer.path).toBe("roberta.encoder.layer.0");
    expect(layer.names()).toEqual(["query.bias", "query.weight"]);
    expect(root.names()).toEqual([...tensors.keys()].sort());
    expect([layer.has("query.bias"), layer.has("query"), root.has("roberta.encoder.layer.0.query.bias")]).toEqual([
      true,
      false,
      true,
    ]);
    expect(layer.shape("query.weight")).toEqual([2, 2]);
    expect(root.at("rob").names()).toEqual([]);
  });

  test("reads are the caller's own", async () => {
    const root = await make();
    const first = await root.read("classifier.bias", [1]);
    first[0] = 99;
    expect([...(await root.at("classifier").read("bias", [1]))]).toEqual([7]);
  });

  test("a missing tensor is named in full, with its neighbours", async () => {
    const layer = (await make()).at("roberta.encoder.layer.0");
    const error = await layer.read("key.weight", [2, 2]).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "missing_tensor" });
    expect(error.message).toContain('"roberta.encoder.layer.0.key.weight"; near: roberta.encoder.layer.0.query.weight');
    expect(() => layer.shape("nothing")).toThrow(/"roberta.encoder.layer.0.nothing"/);
  });

  test("a wrong shape is refused with both shapes and the file", async () => {
    const layer = (await make()).at("roberta.encoder.layer.0.query");
    for (const shape of [[4], [2, 2, 1], [2, 3]]) {
      const error = await layer.read("weight", shape).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: "ShapeError", code: "tensor_shape", details: { expected: shape } });
      expect(error.message).toBe(
        `${file}: tensor "roberta.encoder.layer.0.query.weight" has shape [2, 2], expected [${shape.join(", ")}]`,
      );
    }
  });

  test.each(["", ".a", "a."])("the path %j is refused", async (path) => {
    const root = await make();
    expect(() => root.at(path)).toThrow(/not a dotted path/);
  });
});

test("arrays in memory must fill their shapes", () => {
  expect(() => memoryWeights(new Map([["a", { shape: [3], data: new Float32Array(2) }]]))).toThrow(/"a" \[3\] holds 2/);
});

describe("shard index", () => {
  test("a map from tensor to file is read", () => {
    const value = { metadata: { total_size: 4 }, weight_map: { a: "model-1.safetensors" } };
    expect(parseShardIndex(value, "i")).toEqual(new Map([["a", "model-1.safetensors"]]));
  });

  test.each([
    ["no map", {}, "bad_shard_index"],
    ["a list", { weight_map: [] }, "bad_shard_index"],
    ["a number for a file", { weight_map: { a: 1 } }, "bad_shard_index"],
    ["a file above the folder", { weight_map: { a: "../x" } }, "unsafe_path"],
    ["an absolute file", { weight_map: { a: "/x" } }, "unsafe_path"],
  ])("%s is refused", (_, value, code) => {
    expect(() => parseShardIndex(value, "i.json")).toThrow(expect.objectContaining({ code }));
  });

  test("a promised tensor that no shard holds is missed where it is read, and the index is named", async () => {
    const source = await shardedWeights(new Map([...index, ["lm_head.weight", "two.st"]]), openShard, "folder");
    expect(source.has("lm_head.weight")).toBe(false);
    expect([...(await source.read("classifier.bias", [1]))]).toEqual([7]);
    await expect(source.read("lm_head.weight", [1])).rejects.toThrow(
      'folder has no tensor "lm_head.weight"; its index promises it in two.st, which does not hold it',
    );
  });

  test("what a shard holds beyond the index is there; of a name in two shards the later counts", async () => {
    const bias = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const shards: Record<string, Map<string, TensorData>> = {
      a: new Map([
        ["x", bias(1)],
        ["y", bias(2)],
      ]),
      b: new Map([
        ["x", bias(3)],
        ["z", bias(4)],
      ]),
    };
    const named = new Map([
      ["z", "b"],
      ["x", "a"],
    ]);
    const source = await shardedWeights(named, (shard) => opened(shards[shard]!, shard), "folder");
    expect(source.names()).toEqual(["x", "y", "z"]);
    expect([...(await source.read("x", [1])), ...(await source.read("y", [1]))]).toEqual([3, 2]);
  });

  test("when a shard does not open, those before it are closed", async () => {
    let open = 0;
    const counted = async (shard: string): Promise<SafetensorsFile> => {
      if (shard === "b") throw new Error("gone");
      const file = await opened(pick("classifier.bias"), shard);
      open++;
      return {
        ...file,
        close: async () => {
          open--;
        },
      };
    };
    const two = new Map([
      ["classifier.bias", "a"],
      ["other", "b"],
    ]);
    await expect(shardedWeights(two, counted, "folder")).rejects.toThrow("gone");
    expect(open).toBe(0);
    const good = await shardedWeights(new Map([["classifier.bias", "a"]]), counted, "folder");
    expect(open).toBe(1);
    await good.close();
    expect(open).toBe(0);
  });
});

describe("tensors that save_model of safetensors wrote once", () => {
  const table = { shape: [2], data: Float32Array.of(1, 2) };
  const saved = (metadata: Record<string, string>, ...names: string[]) =>
    encodeSafetensors(new Map(names.map((name) => [name, table])), { format: "pt", ...metadata });

  test("are found under the names that it dropped", async () => {
    const bytes = saved({ "transformer.wte.weight": "lm_head.weight", "other.weight": "gone" }, "lm_head.weight");
    const source = safetensorsWeights(await openSafetensors(bytesFromArray(bytes, "m")));
    expect(source.names()).toEqual(["lm_head.weight", "transformer.wte.weight"]);
    expect(source.at("transformer").shape("wte.weight")).toEqual([2]);
    expect([...(await source.read("transformer.wte.weight", [2]))]).toEqual([1, 2]);
    expect(source.has("other.weight")).toBe(false);
    await expect(source.read("transformer.wte.weight", [3])).rejects.toThrow(/^m: tensor "transformer.wte.weight" has/);
  });

  test("a tensor of that name counts more, in whichever shard it lies", async () => {
    const shards: Record<string, Uint8Array> = {
      a: saved({ b: "a" }, "a"),
      b: encodeSafetensors(new Map([["b", { shape: [1], data: Float32Array.of(5) }]])),
    };
    const both = new Map([
      ["a", "a"],
      ["b", "b"],
    ]);
    const open = (shard: string) => openSafetensors(bytesFromArray(shards[shard]!, shard));
    expect([...(await (await shardedWeights(both, open, "f")).read("b", [1]))]).toEqual([5]);
  });
});

test("names that a wrapper of the model made longer are recognised", async () => {
  const wrapped = memoryWeights(new Map([["module.roberta.bias", { shape: [1], data: Float32Array.of(1) }]]), "m");
  await expect(wrapped.read("roberta.bias", [1])).rejects.toThrow('its names begin with "module.", from a wrapper');
});
