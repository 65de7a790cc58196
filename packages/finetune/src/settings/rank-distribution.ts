import type { RankDistribution } from "@dylora/dylora-sampler";
import { type Reader, UnreadableError } from "./readers.ts";

/** How a distribution may be written, for messages. */
export const distributionForms =
  "uniform, geometric or geometric:p=0.15, rankset:1,2,4,8, categorical:1=2,4=1, fixed:8, or a .ts or .js file";

/** How ranks are drawn: a text such as `geometric:p=0.15`, or a distribution as an object. */
export const rankDistribution: Reader<string | RankDistribution> = (given) => {
  if (typeof given === "string" && given !== "") return given;
  const { name, ranks, pmf } = (given ?? {}) as Partial<RankDistribution>;
  if (typeof name === "string" && Array.isArray(ranks) && Array.isArray(pmf)) return { name, ranks, pmf };
  throw new UnreadableError(`${distributionForms}; in a config file also { name, ranks, pmf }`);
};
