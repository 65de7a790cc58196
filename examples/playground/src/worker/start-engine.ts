import { wasmBackend } from "@dylora/backend-wasm";
import { webgpuBackend } from "@dylora/backend-webgpu";
import { ConfigError } from "@dylora/errors";
import { type Backend, type BackendDescriptor, useBackend } from "@dylora/tensor";

/**
 * Starts the engine that the page asks for.
 *
 * @param choice `auto`: a real GPU, else WebAssembly, else a GPU that software stands in for; or an engine's name
 * @param base URL of the page's files
 * @throws BackendError when none runs, saying why each does not; ConfigError `unknown_engine`
 */
export function startEngine(choice: string, base: string): Promise<Backend> {
  const engines: readonly BackendDescriptor[] = [webgpuBackend(), wasmBackend({ wasmPath: `${base}engine/` })];
  const chosen = choice === "auto" ? engines : engines.filter(({ id }) => id === choice);
  if (chosen.length > 0) return useBackend(chosen);
  throw new ConfigError("unknown_engine", `there is no engine "${choice}"; there are auto, webgpu and wasm`);
}
