import { BackendError } from "@dylora/errors";
import { registerGradients, type StartedBackend, startTfjs } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { FoundBinding } from "../find-binding.ts";
import { firstLine } from "../first-line.ts";
import {
  claimLibrary,
  type LibraryEnvironment,
  refuseOtherVariant,
  rememberLibrary,
  type TensorflowBackend,
  tensorflowBackend,
} from "../process-library.ts";
import { installation, type Variant } from "../variant.ts";
import { freeTensorsWith } from "./free-tensors.ts";
import { importTfjs } from "./import-tfjs.ts";

/** tfjs's backend on libtensorflow, started. */
export interface StartedTfjsNode {
  /** The backend. */
  readonly backend: TensorflowBackend;
  /** Package and library in words. */
  readonly detail: string;
  /** See {@link StartedBackend.dispose}. */
  readonly dispose: StartedBackend["dispose"];
}

/** Name under which both packages register their backend. */
export const tfjsName = "tensorflow";

function importPackage(variant: Variant, { detail, folder, module, binding }: FoundBinding): void {
  try {
    importTfjs(folder, module, binding);
  } catch (cause) {
    throw new BackendError(
      "backend_failed",
      `${detail} cannot be loaded: ${firstLine(cause)}; run \`npm rebuild ${variant.tfjsPackage}\`, or use @dylora/backend-wasm`,
      { cause },
    );
  }
}

/**
 * Imports tfjs's package with the addon that was found, and starts its backend.
 *
 * @param environment variables that libtensorflow must be loaded with
 * @throws BackendError `backend_conflict`, `backend_failed`
 */
export async function startTfjsNode(
  variant: Variant,
  found: FoundBinding,
  environment: LibraryEnvironment,
): Promise<StartedTfjsNode> {
  claimLibrary(variant, found.binding, environment);
  const before: string | null | undefined = tf.getBackend();
  importPackage(variant, found);
  refuseOtherVariant(variant);
  rememberLibrary(variant, found.binding);
  // The import has made its backend the active one; what was before it is what a failing start goes back to.
  if (before != null && before !== tf.getBackend()) await tf.setBackend(before);
  const dispose = await startTfjs(tfjsName, `run \`${installation(variant)}\` anew`);
  registerGradients();
  const backend = tensorflowBackend() as TensorflowBackend;
  freeTensorsWith(backend);
  const library = backend.binding?.TF_Version;
  const known = library === undefined || found.detail.includes("libtensorflow");
  return { backend, detail: known ? found.detail : `${found.detail}, libtensorflow ${library}`, dispose };
}
