import { contextOf, type WorkOptions } from "../context.ts";
import { type BaseModel, openBaseModel } from "../models/base-model.ts";

/** A base model that is open: its configuration is read, its weights are still on the disk. */
export interface Model extends BaseModel, AsyncDisposable {
  /** Which backend computes once something is to be computed: `auto`, a short name, or a package. */
  readonly backend: string;
  /** The package or script that describes its family, where it is none of ours. */
  readonly model: string | undefined;
  /** Closes its files. Runs that stand on it are closed before. */
  close(): Promise<void>;
}

/** How a model is opened. */
export interface OpenModelOptions extends WorkOptions {
  /**
   * What computes: `auto` (the backend that was started with `useBackend`, else the fastest that runs here), a short name
   * such as `wasm`, or a package that exports a descriptor. Default `auto`.
   */
  readonly backend?: string;
  /** A package or script that describes a family of models which dylora does not know by itself. */
  readonly model?: string;
}

/**
 * Opens a base model: a folder in Hugging Face's layout, or a name on the hub, which is downloaded into the standard cache.
 *
 * Only headers are read here. The weights are loaded, and a backend is started, when the model is first trained or used.
 *
 * @returns the model; the caller closes it
 * @throws FormatError `file_missing` where there is no such folder, `bad_model_config` for a model of another family;
 * ResourceError and FormatError as the hub's files ask for
 *
 * @example
 * ```ts
 * import { openModel } from "dylora";
 *
 * const model = await openModel("examples/quickstart/model", { backend: "wasm" });
 * console.log(model.architecture.name, model.parameters);
 * await model.close();
 * ```
 */
export async function openModel(nameOrFolder: string, options: OpenModelOptions = {}): Promise<Model> {
  const { backend = "auto", model } = options;
  const base = await openBaseModel(nameOrFolder, contextOf(options), { model });
  const close = () => base.folder.weights.close();
  return { ...base, backend, model, close, [Symbol.asyncDispose]: close };
}
