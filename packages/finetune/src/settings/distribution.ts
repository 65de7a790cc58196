import type { RankDistribution, RankSampler } from "@dylora/dylora-sampler";
import { ConfigError } from "@dylora/errors";
import { isModuleFile, loadModuleFile } from "../settings/module-file.ts";
import { distributionForms } from "./rank-distribution.ts";

/** What decides the ranks of a run. */
export interface SamplerSettings {
  /** As `rankDistribution` reads it. */
  readonly distribution: string | RankDistribution;
  /** Highest rank of the adapter. */
  readonly rank: number;
  /** Lowest rank of a range. */
  readonly minRank: number;
  /** Ranks of a range are multiples of it. */
  readonly blockSize: number;
  /** Seed of the draws. */
  readonly seed: number;
}

/**
 * The sampler that settings ask for.
 *
 * @throws ConfigError `bad_option` for a text that is no distribution, `bad_distribution_file` for a file that exports
 * none, and as `@dylora/dylora-sampler`; FormatError as {@link loadModuleFile}
 */
export async function samplerFor(settings: SamplerSettings): Promise<RankSampler> {
  const { checkDistribution, createSampler } = await import("@dylora/dylora-sampler");
  const { distribution, rank: maxRank, seed } = settings;
  const given = typeof distribution === "string" ? await fromText(distribution, settings) : distribution;
  const sampler = isSampler(given) ? given : createSampler(given, { seed });
  checkDistribution(sampler.distribution, { maxRank });
  return sampler;
}

const isSampler = (value: unknown): value is RankSampler =>
  ["rankAt", "state", "restore"].every(
    (name) => typeof (value as Record<string, unknown> | null)?.[name] === "function",
  );

async function fromText(text: string, settings: SamplerSettings): Promise<RankDistribution | RankSampler> {
  if (isModuleFile(text)) return fromFile(text, settings);
  const { rank: max, minRank: min, blockSize } = settings;
  const { blocks, categorical, fixed, geometric, rankSet, uniform } = await import("@dylora/dylora-sampler");
  const [, name = "", rest] = /^([a-z]+)(?::(.*))?$/.exec(text) ?? [];
  const range = () => {
    if (max % blockSize === 0 && min <= max) return { min: Math.ceil(min / blockSize), max: max / blockSize };
    const problem =
      min > max
        ? `'minRank' ${min} is above 'rank' ${max}`
        : `'rank' ${max} is no multiple of 'blockSize' ${blockSize}`;
    throw new ConfigError("bad_option", problem);
  };
  const inBlocks = (counts: RankDistribution) => (blockSize === 1 ? counts : blocks(counts, blockSize));
  if (name === "uniform" && rest === undefined) return inBlocks(uniform(range()));
  if (name === "geometric") {
    const p = rest === undefined ? 0.15 : numberAfter("p", rest);
    if (p !== undefined) return inBlocks(geometric({ ...range(), p }));
  }
  if (min !== 1 || blockSize !== 1) {
    throw new ConfigError("bad_option", `'minRank' and 'blockSize' go with uniform and geometric, not with "${text}"`);
  }
  if (name === "rankset" && rest) return rankSet(rest.split(",").map(Number));
  if (name === "fixed" && rest) return fixed(Number(rest));
  if (name === "categorical" && rest) {
    const pairs = rest.split(",").map((pair) => /^\s*(\d+)\s*=\s*(\S+)\s*$/.exec(pair));
    if (pairs.every((pair) => pair !== null)) {
      return categorical(Object.fromEntries(pairs.map((pair) => [Number(pair[1]), Number(pair[2])])));
    }
  }
  throw new ConfigError("bad_option", `'distribution' is ${text}; it must be ${distributionForms}`);
}

function numberAfter(name: string, text: string): number | undefined {
  const [key, value] = text.split("=");
  return key?.trim() === name && value !== undefined ? Number(value) : undefined;
}

/** A file exports a distribution, a sampler, or a function that makes one of the two from the run's settings. */
async function fromFile(path: string, { rank: maxRank, minRank, blockSize, seed }: SamplerSettings) {
  const exported = await loadModuleFile(path);
  const value: unknown =
    typeof exported === "function" ? await exported({ maxRank, minRank, blockSize, seed }) : exported;
  if (isSampler(value)) return value;
  const { name, ranks, pmf } = (value ?? {}) as Partial<RankDistribution>;
  if (typeof name === "string" && Array.isArray(ranks) && Array.isArray(pmf)) return { name, ranks, pmf };
  throw new ConfigError(
    "bad_distribution_file",
    `${path}: the default export must be a rank distribution { name, ranks, pmf }, a sampler, or a function that returns one`,
    { details: { path } },
  );
}
