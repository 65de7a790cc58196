import { openBareSource } from "../adapters/bare-source.ts";
import { headOf } from "../adapters/head.ts";
import { loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter as openSource } from "../adapters/open-adapter.ts";
import { contextOf, type WorkOptions } from "../context.ts";
import { closingOnFailure } from "../models/base-model.ts";
import { lengthLimit } from "../models/check-tokens.ts";
import { openTokenizerFor } from "../models/model-tokenizer.ts";
import { type TunedModel, tunedModel } from "./tuned-model.ts";

/** How an adapter is opened. */
export interface OpenAdapterOptions extends WorkOptions {
  /** Base model: a folder or a hub name. Default: the one that the adapter names. */
  readonly base?: string;
  /** A package or script that describes a family of models which dylora does not know by itself. */
  readonly model?: string;
  /** What computes: `auto`, a short name such as `wasm`, or a package. Default `auto`. */
  readonly backend?: string;
}

/**
 * Opens a trained adapter and loads its model: a run folder, a PEFT folder, or the name of an adapter on the hub.
 *
 * @param name undefined opens the base model alone
 * @returns a model that answers at every rank; the caller closes it
 * @throws ConfigError `adapter_mismatch` where it does not fit its base model, before the weights are loaded; FormatError
 * `not_an_adapter`, `file_missing`
 *
 * @example
 * ```ts
 * import { openAdapter } from "dylora";
 *
 * const options = { base: "examples/quickstart/model", backend: "wasm" };
 * const adapter = await openAdapter("examples/quickstart/adapter", options);
 * const { labels } = await adapter.predict(["The Eagle has a low customer rating."], { rank: 2 });
 * console.log(adapter.maxRank, labels);
 * await adapter.close();
 * ```
 */
export async function openAdapter(name: string, options: OpenAdapterOptions = {}): Promise<TunedModel> {
  return openTuned(await openSource(name, contextOf(options)), name, options);
}

/**
 * Opens a model without an adapter, with the head of its own.
 *
 * @returns a model that answers; it has one rank, which changes nothing. The caller closes it
 * @throws as {@link openAdapter}
 */
export async function openBase(name: string, options: Omit<OpenAdapterOptions, "base"> = {}): Promise<TunedModel> {
  return openTuned(await openBareSource(name), name, { ...options, base: name });
}

async function openTuned(
  source: Awaited<ReturnType<typeof openSource>>,
  name: string,
  options: OpenAdapterOptions,
): Promise<TunedModel> {
  const context = contextOf(options);
  const { backend = "auto" } = options;
  const base = await openBaseOf(source, { base: options.base, model: options.model }, context);
  const { head, tokenizer, maxLength } = await closingOnFailure(base, async () => {
    const generates = base.architecture.purpose === "generation";
    const tokenizer = await openTokenizerFor(source, base, context.note);
    const usual = generates
      ? Number.POSITIVE_INFINITY
      : (source.maxLength ?? tokenizer.maxLength ?? Number.POSITIVE_INFINITY);
    return {
      head: generates ? undefined : headOf(source, base, undefined),
      tokenizer,
      maxLength: lengthLimit(undefined, base, usual),
    };
  });
  const { adapted, close } = await loadAdapted(source, base, { backend, outputs: head?.outputs, note: context.note });
  return tunedModel({ name, adapted, base, tokenizer, head, maxLength, promptForm: source.promptForm, close });
}
