import { type SafetensorsMetadata, safetensorsParts } from "../safetensors/encode.ts";
import type { NumericArray, TensorData } from "../tensor-data.ts";
import { writeFileAtomic } from "./write-file.ts";

/**
 * Writes a safetensors file atomically, without a second copy of the tensors; see {@link safetensorsParts}.
 *
 * @throws As {@link safetensorsParts} and {@link writeFileAtomic}.
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: ReadonlyMap<string, TensorData<NumericArray>>,
  metadata?: SafetensorsMetadata,
): Promise<void> {
  await writeFileAtomic(path, safetensorsParts(tensors, metadata));
}
