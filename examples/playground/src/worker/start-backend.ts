import { wasmBackend } from "@dylora/backend-wasm";
import { webgpuBackend } from "@dylora/backend-webgpu";
import { ConfigError } from "@dylora/errors";
import { type Backend, type BackendDescriptor, useBackend } from "@dylora/tensor";

/**
 * Starts the backend that the page asks for.
 *
 * @param choice `auto`: a real GPU, else WebAssembly, else a GPU that software stands in for; or a backend's name
 * @throws BackendError when none runs, saying why each does not; ConfigError `unknown_backend`
 */
export function startBackend(choice: string): Promise<Backend> {
  const backends: readonly BackendDescriptor[] = [webgpuBackend(), wasmBackend()];
  const chosen = choice === "auto" ? backends : backends.filter(({ id }) => id === choice);
  if (chosen.length > 0) return useBackend(chosen);
  throw new ConfigError("unknown_backend", `There is no backend "${choice}"; there are auto, webgpu and wasm.`);
}
