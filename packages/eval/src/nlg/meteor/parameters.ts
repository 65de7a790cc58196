/** A matcher of METEOR: equal words, equal stems, a common synset, a listed paraphrase. */
export type MeteorModule = "exact" | "stem" | "synonym" | "paraphrase";

/** All modules, in the order in which METEOR runs them. */
export const meteorModules = ["exact", "stem", "synonym", "paraphrase"] as const satisfies readonly MeteorModule[];

/** The free parameters of METEOR (Denkowski and Lavie 2014, section 2). */
export interface MeteorParameters {
  /** Weight of recall against precision. */
  readonly alpha: number;
  /** Exponent of the fragmentation penalty. */
  readonly beta: number;
  /** Largest fragmentation penalty. */
  readonly gamma: number;
  /** Weight of content words against function words. */
  readonly delta: number;
  /** What a match of each module counts, in the order of {@link meteorModules}. */
  readonly weights: readonly [number, number, number, number];
}

/** What METEOR 1.5's English parameters were tuned for. */
export type MeteorTask = "rank" | "adq" | "hter" | "li";

/** English parameters of METEOR 1.5 by task; `rank` is the program's default. */
export const meteorTasks: Readonly<Record<MeteorTask, MeteorParameters>> = {
  rank: { alpha: 0.85, beta: 0.2, gamma: 0.6, delta: 0.75, weights: [1, 0.6, 0.8, 0.6] },
  adq: { alpha: 0.75, beta: 1.4, gamma: 0.45, delta: 0.7, weights: [1, 1, 0.6, 0.8] },
  hter: { alpha: 0.4, beta: 1.5, gamma: 0.35, delta: 0.55, weights: [1, 0.2, 0.6, 0.8] },
  li: { alpha: 0.75, beta: 1.4, gamma: 0.7, delta: 0.5, weights: [1, 0.5, 0.5, 0.5] },
};
