import { ConfigError } from "@dylora/errors";
import type { Adapter } from "./adapter.ts";
import type { AdaptableModel } from "./model.ts";
import { allTargets } from "./site.ts";

/**
 * Checks that an adapter can sit on a model.
 *
 * @throws ConfigError `adapter_mismatch` naming what does not fit
 */
export function checkFits<Inputs>(model: AdaptableModel<Inputs>, adapter: Adapter): void {
  const misfit = (what: string): ConfigError =>
    new ConfigError("adapter_mismatch", `the adapter does not fit this ${model.architecture} model: ${what}`);
  const targets = new Map(allTargets(model.sites).map((target) => [target.path, target]));
  for (const { target } of adapter.pairs) {
    const own = targets.get(target.path);
    if (own === undefined) throw misfit(`there is no ${target.path}`);
    if (own.site.inFeatures !== target.site.inFeatures || own.outFeatures !== target.outFeatures) {
      const wanted = `${target.site.inFeatures} to ${target.outFeatures}`;
      throw misfit(`${target.path} is ${own.site.inFeatures} to ${own.outFeatures} features, the pair ${wanted}`);
    }
    if (own.site.layout !== target.site.layout || own.part?.offset !== target.part?.offset) {
      throw misfit(`${target.path} lies elsewhere in the weight`);
    }
  }
  for (const { name, shape } of model.head) {
    const entry = adapter.parameters.entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw misfit(`it lacks the head's ${name}`);
    if (entry.shape.join() !== shape.join()) throw misfit(`${name} is [${entry.shape}], the model's [${shape}]`);
  }
}
