import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type TinyParquetNumbers, tinyParquet } from "./fixtures/tiny-parquet.ts";
import { readTable } from "./index.ts";

const write = async (content: Uint8Array): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-parquet-")), "a.parquet");
  await writeFile(path, content);
  return path;
};
const read = async (numbers: TinyParquetNumbers) =>
  readTable(await write(tinyParquet(numbers)), { textColumns: ["text"] });

test("the small file that the others are made of is read", async () => {
  expect((await read({})).examples).toEqual([{ text: "a" }, { text: "b" }]);
});

describe("a file of a hundred bytes that speaks of more than memory holds is refused, and the process lives", () => {
  test.each<[string, TinyParquetNumbers]>([
    ["a run of 2^30 levels", { run: 2n ** 30n }],
    ["a run of 2^31 levels", { run: 2n ** 31n }],
    ["a run of 2^27 levels in a page of as many values", { run: 2n ** 27n, pageValues: 2n ** 27n }],
    ["2^40 rows", { rows: 2n ** 40n }],
    ["2^40 rows in the row group", { groupRows: 2n ** 40n }],
    ["2^31 - 1 values in the page", { pageValues: 2n ** 31n - 1n }],
    ["a page of 2^31 bytes", { pageBytes: 2n ** 31n }],
  ])("%s", async (_, numbers) => {
    const started = performance.now();
    await expect(read(numbers)).rejects.toMatchObject({ name: "FormatError", code: "bad_parquet" });
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

test("a file damaged anywhere is read or refused: nothing is thrown that nobody catches", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const hub = join(import.meta.dirname, "../fixtures/hub/stsb/train-00000-of-00001.parquet");
  const bytes = await readFile(hub);
  const options = { textColumns: ["sentence1", "sentence2"], labelColumn: "label", kind: "regression" } as const;
  expect((await readTable(hub, options)).examples).toHaveLength(41);
  for (let i = 0; i < 5; i++) {
    const damaged = new Uint8Array(bytes);
    // In the footer, where offsets and sizes stand.
    damaged[bytes.length - 12 - 37 * i] = 0xff;
    const reading = readTable(await write(damaged), options);
    await reading.catch((error) => expect(error).toMatchObject({ name: "FormatError" }));
  }
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
