import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SamplerSettings, samplerFor } from "./distribution.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dylora-distribution-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings: SamplerSettings = { distribution: "uniform", rank: 8, minRank: 1, blockSize: 1, seed: 3 };

const texts: [Partial<SamplerSettings>, string, number[]][] = [
  [{}, "uniform(1..8)", [1, 2, 3, 4, 5, 6, 7, 8]],
  [{ minRank: 3 }, "uniform(3..8)", [3, 4, 5, 6, 7, 8]],
  [{ blockSize: 2 }, "blocks(uniform(1..4), 2)", [2, 4, 6, 8]],
  [{ blockSize: 2, minRank: 3 }, "blocks(uniform(2..4), 2)", [4, 6, 8]],
  [{ distribution: "geometric" }, "geometric(p=0.15, 1..8)", [1, 2, 3, 4, 5, 6, 7, 8]],
  [{ distribution: "geometric:p=0.5", minRank: 7 }, "geometric(p=0.5, 7..8)", [7, 8]],
  [{ distribution: "rankset:1,2,4,8" }, "rank-set(1,2,4,8)", [1, 2, 4, 8]],
  [{ distribution: "categorical:1=2,4=1" }, "categorical(1,4)", [1, 4]],
  [{ distribution: "fixed:8" }, "fixed(8)", [8]],
  [{ distribution: { name: "own", ranks: [2, 4], pmf: [0.25, 0.75] } }, "own", [2, 4]],
];
test.each(texts)("%j is %s", async (given, name, ranks) => {
  const { distribution } = await samplerFor({ ...settings, ...given });
  expect(distribution.name).toBe(name);
  expect(distribution.ranks).toEqual(ranks);
});

test("weights of categorical", async () => {
  const { distribution } = await samplerFor({ ...settings, distribution: "categorical:1=3,4=1" });
  expect(distribution.pmf).toEqual([0.75, 0.25]);
});

test.each(["geometric:q=1", "rankset", "rankset:", "categorical:1,4", "fixed", "Uniform", "uniform:3"])(
  "refused: %s",
  async (distribution) => {
    await expect(samplerFor({ ...settings, distribution })).rejects.toMatchObject({ name: "ConfigError" });
  },
);

test("a script may export a function of the settings", async () => {
  const file = join(folder, "half.ts");
  await writeFile(
    file,
    "interface Given { maxRank: number }\n" +
      "export default ({ maxRank }: Given) => ({ name: 'half', ranks: [maxRank / 2, maxRank], pmf: [0.5, 0.5] });\n",
  );
  const { distribution } = await samplerFor({ ...settings, distribution: file });
  expect(distribution).toEqual({ name: "half", ranks: [4, 8], pmf: [0.5, 0.5] });
});

test("a script may export a sampler, which is used as it is", async () => {
  const file = join(folder, "sampler.mjs");
  await writeFile(
    file,
    "export default { distribution: { name: 'turns', ranks: [1, 8], pmf: [0.5, 0.5] }, " +
      "rankAt: (step) => (step % 2 === 0 ? 1 : 8), state: () => null, restore() {} };\n",
  );
  const sampler = await samplerFor({ ...settings, distribution: file });
  expect([0, 1, 2, 3].map((step) => sampler.rankAt(step))).toEqual([1, 8, 1, 8]);
});

test("the seed decides the draws", async () => {
  const draws = async (seed: number) => {
    const sampler = await samplerFor({ ...settings, seed });
    return Array.from({ length: 20 }, (_, step) => sampler.rankAt(step));
  };
  expect(await draws(1)).toEqual(await draws(1));
  expect(await draws(1)).not.toEqual(await draws(2));
});
