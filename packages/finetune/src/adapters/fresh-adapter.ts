import {
  type AdaptableModel,
  type AdaptedModel,
  type Adapter,
  attach,
  checkUsableRanks,
  createAdapter,
} from "@dylora/lora-core";
import { targetSelector } from "../settings/targets.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";

/** What decides the shape of an adapter. */
export type AdapterSettings = Pick<TrainingSettings, "rank" | "alpha" | "targets" | "loraDropout" | "scaling" | "seed">;

/**
 * Makes a fresh adapter for a model, or for what is known of one before its weights are loaded.
 *
 * @throws ConfigError `unknown_target` with near names, and `rank_above_layer`
 */
export function freshLora(
  model: Pick<AdaptableModel, "sites" | "defaultTargets" | "head">,
  { rank, alpha, targets, loraDropout: dropout, scaling, seed }: AdapterSettings,
): Adapter {
  const selected = targets === undefined ? {} : { targets: targetSelector(targets) };
  const adapter = createAdapter(model, { rank, alpha, dropout, scaling, ...selected }, { seed });
  checkUsableRanks(adapter);
  return adapter;
}

/**
 * Puts a fresh adapter on a model.
 *
 * @throws ConfigError `unknown_target` with near names
 */
export const freshAdapter = (model: AdaptableModel, settings: AdapterSettings): AdaptedModel =>
  attach(model, freshLora(model, settings));
