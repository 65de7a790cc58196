import { expect, test } from "vitest";
import { pickleRefused, refusePickledRepo } from "./pickle.ts";

/** The line of Python that ends a message. */
const lineOf = (error: Error): string => error.message.split(" in Python: ")[1] ?? "";
const thrownBy = (files: readonly string[]): Error | undefined => {
  try {
    refusePickledRepo("microsoft/codebert-base", "c0ffee", files);
    return undefined;
  } catch (error) {
    return error as Error;
  }
};

// The lines were run in Python on a tied GPT-2, whole and in shards, on an adapter and on a hub repository.
test("the line writes the name that is looked for, into the pickle's folder", () => {
  for (const [file, target] of [
    ["m/pytorch_model.bin", "m/model.safetensors"],
    ["C:\\my models\\a\\adapter_model.bin", "C:\\my models\\a\\adapter_model.safetensors"],
    ["adapter_model.bin", "adapter_model.safetensors"],
    ["x.y/weights.pt", "x.y/weights.safetensors"],
    ["m/model.safetensors", "m/model.safetensors"],
  ] as const) {
    const line = lineOf(pickleRefused(file));
    expect(line).toMatch(/^import torch; from safetensors\.torch import save_file; save_file\(/);
    expect(line).toContain(`[${JSON.stringify(file)}]`);
    expect(line).toContain(`, ${JSON.stringify(target)}, {"format": "pt"})`);
  }
});

test("tied tensors share memory, which safetensors refuses: each is copied", () => {
  expect(lineOf(pickleRefused("pytorch_model.bin"))).toContain("v.contiguous().clone()");
});

test("shards become one file", () => {
  const line = lineOf(pickleRefused("/m/pytorch_model.bin.index.json"));
  expect(line).toContain('sorted(Path("/m/").glob("pytorch_model-*.bin"))');
  expect(line).toContain('"/m/model.safetensors"');
});

test("a hub repository of pickles alone is refused, with a line that downloads and converts", () => {
  const error = thrownBy(["config.json", "pytorch_model.bin", "tf_model.h5", "vocab.json"]);
  expect(error).toMatchObject({ name: "FormatError", code: "pickle_refused" });
  expect(error?.message).toContain('"microsoft/codebert-base" has no safetensors');
  expect(error?.message).toContain("./microsoft-codebert-base");
  expect(lineOf(error as Error)).toMatch(/snapshot_download\("microsoft\/codebert-base", revision="c0ffee"/);
  expect(lineOf(error as Error)).toContain('d / "model.safetensors"');
  const shards = thrownBy(["pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"]);
  expect(lineOf(shards as Error)).toContain('d.glob("pytorch_model*.bin")');
  expect(lineOf(thrownBy(["adapter_config.json", "adapter_model.bin"]) as Error)).toContain(
    'd / "adapter_model.safetensors"',
  );
});

test("a repository with safetensors beside its pickles, or with neither, is not", () => {
  expect(thrownBy(["model.safetensors", "pytorch_model.bin"])).toBeUndefined();
  expect(thrownBy(["config.json", "onnx/pytorch_model.bin", "training_args.bin"])).toBeUndefined();
  expect(thrownBy(["sub/model.safetensors", "pytorch_model.bin"])).toBeDefined();
});
