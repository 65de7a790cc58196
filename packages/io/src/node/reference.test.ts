import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodePeftAdapter } from "../peft/encode.ts";
import { alphaFor, rankFor, scaleFor } from "../peft/patterns.ts";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { floatBytes } from "../safetensors/float-bytes.ts";
import type { SafetensorsFile } from "../safetensors/open.ts";
import { elementCount, type NumericArray, type TensorData } from "../tensor-data.ts";
import { openModelFolder } from "./model-folder.ts";
import { openSafetensorsFile } from "./open-safetensors-file.ts";
import { readPeftAdapter } from "./peft-folder.ts";

const REFERENCE = join(import.meta.dirname, "../fixtures/reference");

async function withFile(path: string, use: (file: SafetensorsFile) => Promise<void>): Promise<void> {
  const file = await openSafetensorsFile(path);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Writes all tensors of a file anew. */
async function rewritten(file: SafetensorsFile): Promise<Uint8Array> {
  const tensors = new Map<string, TensorData<NumericArray>>();
  for (const name of file.tensors.keys()) tensors.set(name, await file.readTensor(name));
  return encodeSafetensors(tensors, file.metadata);
}

describe("files that torch and safetensors wrote", () => {
  const path = join(REFERENCE, "types.safetensors");

  test.each(["f16", "bf16", "f64"])("%s becomes the float32 that torch makes of it, bit for bit", async (name) => {
    await withFile(path, async (file) => {
      const ours = new Uint32Array((await file.readFloat32(name)).buffer);
      const theirs = new Uint32Array((await file.readFloat32(`${name}.as_f32`)).buffer);
      expect(ours).toEqual(theirs);
    });
  });

  test.each([
    ["float16", "narrow.f16"],
    ["bfloat16", "narrow.bf16"],
  ] as const)("float32 is rounded to %s as torch rounds it", async (dtype, name) => {
    await withFile(path, async (file) => {
      const ours = floatBytes(await file.readFloat32("narrow"), dtype);
      const { offset, byteLength } = file.tensors.get(name)!;
      const theirs = (await readFile(path)).subarray(offset, offset + byteLength);
      expect(ours).toEqual(new Uint8Array(theirs));
    });
  });

  test("integers, truth values, scalars, empty tensors and odd names", async () => {
    await withFile(path, async (file) => {
      const int = async (name: string) => [...(await file.readInt32(name))];
      const largest = [-(2 ** 31), 2 ** 31 - 1];
      expect([await int("i32"), await int("i64")]).toEqual([largest, largest]);
      expect([await int("i8"), await int("u8")]).toEqual([
        [-128, 127],
        [0, 255],
      ]);
      expect([await int("i16"), await int("bool")]).toEqual([
        [-32768, 32767],
        [1, 0],
      ]);
      expect([...(await file.readFloat32("scalar"))]).toEqual([1.5]);
      expect(await file.readFloat32("empty")).toHaveLength(0);
      expect([...(await file.readFloat32("matrix é"))]).toEqual([0, 1, 2, 3, 4, 5]);
      expect(file.tensors.get("matrix é")?.shape).toEqual([2, 3]);
    });
  });
});

describe("an adapter that PEFT wrote", () => {
  const dir = join(REFERENCE, "adapter");

  test("ranks, alphas and scales by pattern are PEFT's own", async () => {
    const { config, tensors, modulesToSave, warnings } = await readPeftAdapter(dir);
    const expected = JSON.parse(await readFile(join(REFERENCE, "adapter.json"), "utf8")) as Record<
      string,
      { rank: number; alpha: number; scale: number }
    >;
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [path, { rank, alpha, scale }] of Object.entries(expected)) {
      expect([rankFor(config, path), alphaFor(config, path)]).toEqual([rank, alpha]);
      expect(scaleFor(config, path)).toBeCloseTo(scale, 12);
    }
    expect([...modulesToSave.keys()].sort()).toEqual(["classifier.bias", "classifier.weight"]);
    expect(warnings).toEqual([]);
  });

  test("written anew, the weights are the same bytes and the configuration the same JSON", async () => {
    const files = encodePeftAdapter(await readPeftAdapter(dir));
    const theirs = await readFile(join(dir, "adapter_model.safetensors"));
    expect(theirs.equals(files.get("adapter_model.safetensors")!)).toBe(true);
    const config = await readFile(join(dir, "adapter_config.json"), "utf8");
    expect(JSON.parse(new TextDecoder().decode(files.get("adapter_config.json")))).toEqual(JSON.parse(config));
  });
});

/** Models and golden files too large for the repository: the folder `shared` beside the checkout, where there is one. */
const SHARED = process.env.DYLORA_SHARED ?? join(import.meta.dirname, "../../../../../shared");

describe.each(["golden/roberta-tiny", "golden/gpt2-tiny"])("golden files %s", (name) => {
  const dir = join(SHARED, name);

  test.skipIf(!existsSync(dir))("are the same bytes when written anew", async () => {
    const path = join(dir, "expected.safetensors");
    await withFile(path, async (file) => {
      expect((await readFile(path)).equals(await rewritten(file))).toBe(true);
    });
    const adapter = await readPeftAdapter(join(dir, "adapter"));
    const theirs = await readFile(join(dir, "adapter", "adapter_model.safetensors"));
    expect(theirs.equals(encodePeftAdapter(adapter).get("adapter_model.safetensors")!)).toBe(true);
  });
});

const MODELS = ["golden/roberta-tiny/base", "golden/gpt2-tiny/base", "models/roberta-mini", "models/gpt2-mini"];

describe.each(MODELS)("model %s", (name) => {
  const dir = join(SHARED, name);

  test.skipIf(!existsSync(dir))("opens, and every tensor is finite and of its shape", async () => {
    const { config, weights } = await openModelFolder(dir);
    expect(config.model_type).toMatch(/^(roberta|gpt2)$/);
    for (const tensor of weights.names()) {
      const shape = weights.shape(tensor);
      const data = await weights.read(tensor, shape);
      expect(data).toHaveLength(elementCount(shape));
      expect(data.every(Number.isFinite)).toBe(true);
    }
    await weights.close();
  });
});
