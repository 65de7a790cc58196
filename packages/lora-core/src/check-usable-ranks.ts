import { ConfigError } from "@dylora/errors";
import type { Adapter } from "./adapter.ts";

/**
 * Refuses a fresh adapter with a rank that even its widest layer cannot use: a product of two matrices has no more ranks
 * than its smaller dimension. A narrow layer beside wide ones may have more than it needs. `attach` calls it for settings;
 * an adapter that PEFT has made so is read, and works.
 *
 * @throws ConfigError `rank_above_layer`
 *
 * @example
 * ```ts
 * import { checkUsableRanks, createAdapter } from "@dylora/lora-core";
 *
 * const site = { path: "query", inFeatures: 128, outFeatures: 128, layout: "out-in" } as const;
 * const model = { sites: [site], defaultTargets: ["query"], head: [] };
 * try {
 *   checkUsableRanks(createAdapter(model, { rank: 200 }));
 * } catch (error) {
 *   console.log((error as Error).message); // rank 200 of query is above 128, …
 * }
 * ```
 */
export function checkUsableRanks({ pairs }: Adapter): void {
  const most = Math.max(...pairs.map(({ target }) => Math.min(target.site.inFeatures, target.outFeatures)));
  for (const { rank, target } of pairs) {
    if (rank <= most) continue;
    throw new ConfigError(
      "rank_above_layer",
      `rank ${rank} of ${target.path} is above ${most}, the smaller dimension of the widest layer with a pair; ` +
        `choose a rank from 1 to ${most}`,
      { details: { rank, path: target.path, most } },
    );
  }
}
