import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMeteorSynonyms, loadParaphrases, loadWordNet } from "./index.ts";

let folder = "";
const path = (name: string) => join(folder, name);
const records = "0.5\nclose to\nnear\n0.1\nriver bank\nriverside area\n";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dylora-meteor-"));
  await writeFile(path("english.synsets"), "big\n1\nlarge\n1\n");
  await writeFile(path("english.exceptions"), "");
  await writeFile(path("table"), records);
  await writeFile(path("table.gz"), gzipSync(records));
  await writeFile(path("cut.gz"), gzipSync(records).subarray(0, 20));
  await writeFile(path("broken"), "close to\nnear\n");
  for (const part of ["noun", "verb", "adj", "adv"]) {
    await writeFile(path(`index.${part}`), part === "adj" ? "big a 1 0 1 0 00000007  \n" : "");
    await writeFile(path(`${part}.exc`), "");
  }
});
afterAll(() => rm(folder, { recursive: true }));

test("synonyms in METEOR's and WordNet's form", async () => {
  expect([...(await loadMeteorSynonyms(folder)).synsets("large")!]).toEqual([1]);
  expect([...((await loadWordNet(folder)).synsets("bigger") ?? [])]).toEqual([]);
  expect((await loadWordNet(folder)).synsets("big")?.size).toBe(1);
});

test.each(["table", "table.gz"])("paraphrases from %s", async (name) => {
  const table = await loadParaphrases(path(name));
  expect(table.paraphrases("river bank")).toEqual([["riverside", "area"]]);
});

test("bad files are refused", async () => {
  await expect(loadParaphrases(path("none.gz"))).rejects.toMatchObject({ code: "missing_file" });
  await expect(loadParaphrases(path("cut.gz"))).rejects.toMatchObject({ code: "bad_gzip" });
  await expect(loadParaphrases(path("broken"))).rejects.toMatchObject({ code: "bad_paraphrase_table" });
  await expect(loadWordNet(path("none"))).rejects.toMatchObject({ code: "missing_file" });
  await expect(loadMeteorSynonyms(path("none"))).rejects.toMatchObject({ code: "missing_file" });
});

test("a table that grows beyond measure, or has a line that does, is refused", async () => {
  await writeFile(path("bomb.gz"), gzipSync("0.5\na b\nc d\n".repeat(1_000_000)));
  await expect(loadParaphrases(path("bomb.gz"))).rejects.toMatchObject({ name: "FormatError", code: "bad_gzip" });
  await writeFile(path("line"), `0.5\n${"a".repeat(5_000_000)}\nb\n`);
  await expect(loadParaphrases(path("line"))).rejects.toMatchObject({ code: "bad_paraphrase_table" });
});
