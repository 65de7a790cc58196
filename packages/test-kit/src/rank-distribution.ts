import { describe, expect, test } from "vitest";

/** A rank distribution as `@dylora/dylora-sampler` defines it; structural, so that the suite needs no import of it. */
export interface RankDistributionUnderTest {
  /** Display name. */
  readonly name: string;
  /** Support, 1-based, ascending. */
  readonly ranks: readonly number[];
  /** Probability of each entry of `ranks`. */
  readonly pmf: readonly number[];
}

/** A rank sampler as `@dylora/dylora-sampler` defines it. */
export interface RankSamplerUnderTest {
  /** What it draws from now. */
  readonly distribution: RankDistributionUnderTest;
  /** Rank of a step (and of an example within the batch). */
  rankAt(step: number, example?: number): number;
  /** Feedback after a step, for samplers that adapt. */
  observe?(step: number, rank: number, loss: number): void;
  /** JSON-safe state. */
  state(): unknown;
  /** Takes a state back. */
  restore(state: unknown): void;
}

/** Makes a sampler from a seed. */
export type SamplerFactory = (seed: number) => RankSamplerUnderTest;

/** One named check; `run` throws when the contract is broken. */
export interface ContractCheck {
  /** What holds when it passes. */
  readonly title: string;
  /** Does the check. */
  readonly run: () => void;
}

const DRAWS = 20_000;
const SEED = 20221014;

/**
 * Conformance suite of a rank distribution: registers one vitest block that checks its data, and the draws of a
 * sampler made from it.
 *
 * @param name title of the block
 * @param distribution makes the distribution
 * @param createSampler `createSampler` of `@dylora/dylora-sampler`, or another way to draw from a distribution
 *
 * @example
 * ```ts
 * import { createSampler, geometric } from "@dylora/dylora-sampler";
 * import { testRankDistribution } from "@dylora/test-kit";
 *
 * testRankDistribution("geometric", () => geometric({ max: 8 }), createSampler);
 * ```
 */
export function testRankDistribution<D extends RankDistributionUnderTest>(
  name: string,
  distribution: () => D,
  createSampler: (distribution: D, options: { seed: number }) => RankSamplerUnderTest,
): void {
  const sampler: SamplerFactory = (seed) => createSampler(distribution(), { seed });
  register(`rank distribution: ${name}`, [
    ...distributionChecks(distribution),
    ...samplerChecks(sampler),
    { title: "draws follow the pmf", run: () => checkFit(sampler(SEED)) },
  ]);
}

/**
 * Conformance suite of a rank sampler, adaptive ones included: registers one vitest block.
 *
 * @param name title of the block
 * @param sampler makes a fresh sampler from a seed
 *
 * @example
 * ```ts
 * import { createSampler, uniform } from "@dylora/dylora-sampler";
 * import { testRankSampler } from "@dylora/test-kit";
 *
 * testRankSampler("uniform", (seed) => createSampler(uniform({ max: 8 }), { seed }));
 * ```
 */
export function testRankSampler(name: string, sampler: SamplerFactory): void {
  register(`rank sampler: ${name}`, [
    ...distributionChecks(() => sampler(SEED).distribution),
    ...samplerChecks(sampler),
  ]);
}

function register(title: string, checks: readonly ContractCheck[]): void {
  describe(title, () => {
    for (const check of checks) test(check.title, check.run);
  });
}

/** What every distribution must satisfy, without drawing from it. */
export function distributionChecks(make: () => RankDistributionUnderTest): ContractCheck[] {
  return [
    {
      title: "ranks are whole numbers from 1, ascending, each once",
      run: () => {
        const { ranks } = make();
        expect(ranks.length).toBeGreaterThan(0);
        ranks.forEach((rank, i) => {
          expect(Number.isSafeInteger(rank)).toBe(true);
          expect(rank).toBeGreaterThan(ranks[i - 1] ?? 0);
        });
      },
    },
    {
      title: "the pmf has one probability per rank, none negative, sum 1",
      run: () => {
        const { ranks, pmf } = make();
        expect(pmf.length).toBe(ranks.length);
        for (const probability of pmf) expect(probability).toBeGreaterThanOrEqual(0);
        expect(Math.abs(pmf.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6);
      },
    },
    {
      title: "is the same each time it is made, and plain data",
      run: () => {
        const { name, ranks, pmf } = make();
        const again = make();
        expect({ name: again.name, ranks: again.ranks, pmf: again.pmf }).toEqual({ name, ranks, pmf });
        expect(JSON.parse(JSON.stringify({ name, ranks, pmf }))).toEqual({ name, ranks, pmf });
        expect(name.length).toBeGreaterThan(0);
      },
    },
  ];
}

/** What every sampler must satisfy, adaptive or not. */
export function samplerChecks(make: SamplerFactory): ContractCheck[] {
  const steps = Array.from({ length: 500 }, (_, i) => i);
  const draw = (sampler: RankSamplerUnderTest) => steps.map((step) => sampler.rankAt(step));
  return [
    {
      title: "draws only ranks of its distribution",
      run: () => {
        const sampler = make(SEED);
        const support = new Set(sampler.distribution.ranks);
        for (const step of steps) {
          expect(support).toContain(sampler.rankAt(step));
          expect(support).toContain(sampler.rankAt(step, step % 32));
        }
      },
    },
    {
      title: "the rank of a step does not depend on what was drawn before",
      run: () => {
        const forward = draw(make(SEED));
        const sampler = make(SEED);
        const backward = [...steps].reverse().map((step) => sampler.rankAt(step));
        expect(backward.reverse()).toEqual(forward);
        expect(draw(sampler)).toEqual(forward);
      },
    },
    {
      title: "seeds give different draws",
      run: () => {
        const sampler = make(SEED);
        if (sampler.distribution.pmf.filter((p) => p > 0).length > 1) {
          expect(draw(make(SEED + 1))).not.toEqual(draw(sampler));
        }
      },
    },
    {
      title: "its state goes through JSON and resumes the run, also into a sampler of another seed",
      run: () => {
        const run = (sampler: RankSamplerUnderTest, from: number, to: number) =>
          steps.slice(from, to).map((step) => {
            const rank = sampler.rankAt(step);
            sampler.observe?.(step, rank, 1 / (rank + 0.01 * step + 1));
            return rank;
          });
        const whole = run(make(SEED), 0, 500);
        const first = make(SEED);
        const before = run(first, 0, 200);
        const saved = JSON.stringify(first.state());
        const resumed = make(SEED + 1);
        resumed.restore(JSON.parse(saved));
        expect([...before, ...run(resumed, 200, 500)]).toEqual(whole);
        // Saving changed nothing, and the saved copy did not follow the run.
        run(first, 200, 500);
        const again = make(SEED + 2);
        again.restore(JSON.parse(saved));
        expect(JSON.stringify(again.state())).toBe(saved);
      },
    },
  ];
}

/** Pearson's chi-square test of draws against the pmf, at a level that only a wrong sampler fails. */
export function checkFit(sampler: RankSamplerUnderTest): void {
  const counts = new Map<number, number>();
  for (let step = 0; step < DRAWS; step++) {
    const rank = sampler.rankAt(step);
    counts.set(rank, (counts.get(rank) ?? 0) + 1);
  }
  const { ranks, pmf } = sampler.distribution;
  ranks.forEach((rank, i) => {
    if (pmf[i] === 0) expect(counts.get(rank) ?? 0, `rank ${rank} has probability 0`).toBe(0);
  });
  const cells = pool(ranks.map((rank, i) => ({ observed: counts.get(rank) ?? 0, expected: DRAWS * pmf[i]! })));
  const chiSquare = cells.reduce((sum, { observed, expected }) => sum + (observed - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(chiSquareLimit(cells.length - 1));
}

interface Cell {
  observed: number;
  expected: number;
}

/** Joins cells until each expects at least 5 draws, below which the chi-square approximation fails. */
function pool(cells: readonly Cell[]): Cell[] {
  const pooled: Cell[] = [];
  let open: Cell = { observed: 0, expected: 0 };
  for (const cell of cells) {
    open = { observed: open.observed + cell.observed, expected: open.expected + cell.expected };
    if (open.expected < 5) continue;
    pooled.push(open);
    open = { observed: 0, expected: 0 };
  }
  const last = pooled.at(-1);
  if (last !== undefined) {
    last.observed += open.observed;
    last.expected += open.expected;
  }
  return pooled;
}

/**
 * The chi-square value that a correct sampler exceeds once in 10,000 (Wilson and Hilferty's approximation, 7% off at 1
 * degree of freedom and closer above). With no freedom only rounding may remain.
 */
export function chiSquareLimit(freedom: number): number {
  if (freedom === 0) return 1e-6;
  const z = 3.719016;
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + z * Math.sqrt(spread)) ** 3;
}
