import type { BlockDropout, BlockSite, LoraOperand } from "@dylora/tensor";
import type { ForwardContext } from "./model.ts";

/** Applies to each member, and leaves out what comes to nothing. */
function present<Key extends string, Value, Result>(
  members: Readonly<Partial<Record<Key, Value>>>,
  make: (value: Value) => Result | undefined,
): Partial<Record<Key, Result>> {
  const entries = Object.entries<Value | undefined>(members).map(([key, value]) => {
    return [key, value === undefined ? undefined : make(value)] as const;
  });
  return Object.fromEntries(entries.filter(([, made]) => made !== undefined)) as Partial<Record<Key, Result>>;
}

/**
 * The pairs on the sites of a transformer block, as `transformerBlock` of `@dylora/tensor` takes them.
 *
 * @param path module path of the block
 * @param modules module of each site, below that path
 *
 * @experimental
 * @example
 * ```ts
 * import { blockAdapters, type ForwardContext } from "@dylora/lora-core";
 *
 * const modules = { query: "attention.self.query", value: "attention.self.value" };
 * const adaptersOf = (context: ForwardContext) => blockAdapters(context, "bert.encoder.layer.0", modules);
 * console.log(adaptersOf({ adapter: () => undefined, parameter: () => null!, dropout: () => undefined })); // {}
 * ```
 */
export function blockAdapters(
  context: Pick<ForwardContext, "adapter">,
  path: string,
  modules: Readonly<Partial<Record<BlockSite, string>>>,
): Partial<Record<BlockSite, LoraOperand>> {
  return present(modules, (module) => context.adapter(`${path}.${module}`));
}

/** A dropout of a block: its module below the block's path, and its probability in training. */
export type BlockDropoutSite = readonly [module: string, probability: number];

/**
 * Where the dropouts of a transformer block draw their masks, as `transformerBlock` of `@dylora/tensor` takes them. Outside
 * training there are none.
 *
 * @param path module path of the block
 * @param dropouts module of each dropout, below that path, and its probability
 * @experimental
 */
export function blockDropout(
  context: Pick<ForwardContext, "dropout">,
  path: string,
  dropouts: Readonly<Partial<Record<keyof BlockDropout, BlockDropoutSite>>>,
): BlockDropout {
  return present(dropouts, ([module, probability]) => context.dropout(`${path}.${module}`, probability));
}
