import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesFromArray, openSafetensors, parsePeftConfig } from "./index.ts";
import { readJsonObject } from "./node/index.ts";
import { rawFile } from "./safetensors/fixtures/raw-file.ts";

/** What JSON may hold and what code that shows values falls over. */
const hostile = [
  '{"toString":1,"valueOf":1,"toJSON":1}',
  `${"[".repeat(400)}${"]".repeat(400)}`,
  '"\\u001b]0;t\\u0007"',
];

test.each(hostile)("a header with a value of another type %#", async (value) => {
  for (const entry of [value, `{"dtype":${value},"shape":[],"data_offsets":[0,0]}`]) {
    const opening = openSafetensors(bytesFromArray(rawFile(`{"a":${entry}}`)));
    await expect(opening).rejects.toMatchObject({ name: "FormatError", code: "bad_safetensors_header" });
  }
});

test.each(hostile)("a configuration of an adapter with a value of another type %#", (value) => {
  for (const field of ["peft_type", "use_dora", "bias", "init_lora_weights", "r", "target_modules", "rank_pattern"]) {
    const config = { peft_type: "LORA", [field]: JSON.parse(value) };
    let error: unknown;
    try {
      parsePeftConfig(config);
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined) continue;
    expect(error).toMatchObject({ name: "FormatError" });
    expect((error as Error).message.length).toBeLessThan(1_000);
  }
});

test("a JSON file has a largest size, also one that says it has none", async () => {
  const dir = await mkdtemp(join(tmpdir(), "dylora-json-"));
  const path = join(dir, "config.json");
  await writeFile(path, JSON.stringify({ a: "x".repeat(1000) }));
  expect(await readJsonObject(path)).toHaveProperty("a");
  await expect(readJsonObject(path, { maxBytes: 1000 })).rejects.toMatchObject({ code: "file_too_large" });
  await writeFile(path, new Uint8Array(101_000_000));
  await expect(readJsonObject(path)).rejects.toThrow("config.json is larger than 96.0 MiB, the most that is read");
  if (process.platform === "linux")
    await expect(readJsonObject("/dev/zero")).rejects.toMatchObject({ code: "file_too_large" });
  await rm(dir, { recursive: true });
});

test("a header of more tensors than the limit is refused before it is parsed", async () => {
  const header = `{${Array.from({ length: 300_000 }, (_, i) => `"t${i}":{}`).join(",")}}`;
  const started = performance.now();
  await expect(openSafetensors(bytesFromArray(rawFile(header)))).rejects.toThrow(
    "the header has more than 200001 members",
  );
  expect(performance.now() - started).toBeLessThan(3_000);
});
