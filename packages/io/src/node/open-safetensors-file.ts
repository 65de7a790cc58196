import { type OpenSafetensorsOptions, openSafetensors, type SafetensorsFile } from "../safetensors/open.ts";
import { availableMemoryGuard } from "./available-memory.ts";
import { openFile } from "./file-source.ts";

/**
 * Opens a safetensors file on disk; see {@link openSafetensors}. The caller closes it.
 *
 * @param options the guard is {@link availableMemoryGuard} unless told otherwise
 * @throws As {@link openFile} and {@link openSafetensors}; the file is closed again then.
 */
export async function openSafetensorsFile(
  path: string,
  options: OpenSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const source = await openFile(path);
  try {
    return await openSafetensors(source, { guard: availableMemoryGuard(), ...options });
  } catch (error) {
    await source.close();
    throw error;
  }
}
