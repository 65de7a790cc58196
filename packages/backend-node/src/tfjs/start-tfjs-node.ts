import { BackendError } from "@dylora/errors";
import { registerGradients, type StartedBackend, startTfjs } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { FoundBinding } from "../find-binding.ts";
import { firstLine } from "../first-line.ts";
import {
  claimLibrary,
  type LibraryEnvironment,
  refuseOtherFlavour,
  rememberLibrary,
  type TensorflowEngine,
  tensorflowEngine,
} from "../process-library.ts";
import { type Flavour, installation } from "../variant.ts";
import { freeTensorsWith } from "./free-tensors.ts";
import { importTfjs } from "./import-tfjs.ts";

/** tfjs's engine on libtensorflow, started. */
export interface StartedTfjsNode {
  /** The engine. */
  readonly engine: TensorflowEngine;
  /** Package and library in words. */
  readonly detail: string;
  /** See {@link StartedBackend.dispose}. */
  readonly dispose: StartedBackend["dispose"];
}

/** Name under which both packages register their engine. */
export const tfjsName = "tensorflow";

function importPackage(flavour: Flavour, { detail, folder, module, binding }: FoundBinding): void {
  try {
    importTfjs(folder, module, binding);
  } catch (cause) {
    throw new BackendError(
      "backend_failed",
      `${detail} cannot be loaded: ${firstLine(cause)}; run \`npm rebuild ${flavour.tfjsPackage}\`, or use @dylora/backend-wasm`,
      { cause },
    );
  }
}

/**
 * Imports tfjs's package with the addon that was found, and starts its engine.
 *
 * @param environment variables that libtensorflow must be loaded with
 * @throws BackendError `backend_conflict`, `backend_failed`
 */
export async function startTfjsNode(
  flavour: Flavour,
  found: FoundBinding,
  environment: LibraryEnvironment,
): Promise<StartedTfjsNode> {
  claimLibrary(flavour, found.binding, environment);
  const before: string | null | undefined = tf.getBackend();
  importPackage(flavour, found);
  refuseOtherFlavour(flavour);
  rememberLibrary(flavour, found.binding);
  // The import has made its engine the active one; what was before it is what a failing start goes back to.
  if (before != null && before !== tf.getBackend()) await tf.setBackend(before);
  const dispose = await startTfjs(tfjsName, `run \`${installation(flavour)}\` anew`);
  registerGradients();
  const engine = tensorflowEngine() as TensorflowEngine;
  freeTensorsWith(engine);
  const library = engine.binding?.TF_Version;
  const known = library === undefined || found.detail.includes("libtensorflow");
  return { engine, detail: known ? found.detail : `${found.detail}, libtensorflow ${library}`, dispose };
}
