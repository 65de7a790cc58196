import { checkWhole, FormatError } from "@dylora/errors";
import type { ByteSource } from "../byte-source.ts";
import type { JsonValue } from "../json.ts";
import { jsonExcess } from "../json-bounds.ts";
import { safetensorsParts } from "../safetensors/encode.ts";
import { type OpenSafetensorsOptions, openSafetensors } from "../safetensors/open.ts";
import type { NumericArray } from "../tensor-data.ts";
import type { Checkpoint } from "./store.ts";

const FORMAT = "dylora-checkpoint";

/**
 * The bytes of a checkpoint in pieces: a safetensors file with flat tensors whose `__metadata__` holds the step and
 * the JSON. The pieces are views of the checkpoint's arrays.
 *
 * @throws `ConfigError` `bad_checkpoint` for a step that is not a whole number from 0.
 */
export function encodeCheckpoint({ step, tensors, metadata }: Checkpoint): Uint8Array[] {
  checkWhole("bad_checkpoint", "step", step, { min: 0 });
  const flat = Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }] as const);
  return safetensorsParts(new Map(flat), {
    format: FORMAT,
    step: String(step),
    json: JSON.stringify(metadata),
  });
}

/**
 * Reads a checkpoint back.
 *
 * @throws `FormatError` `checkpoint_corrupt` for a safetensors file that is no checkpoint, and as
 * {@link openSafetensors}.
 */
export async function decodeCheckpoint(source: ByteSource, options?: OpenSafetensorsOptions): Promise<Checkpoint> {
  const file = await openSafetensors(source, options);
  const { format, step: digits = "", json = "" } = file.metadata;
  if (format !== FORMAT || !/^\d+$/.test(digits)) {
    throw new FormatError("checkpoint_corrupt", `${source.name} is not a checkpoint`, {
      details: { file: source.name },
    });
  }
  const metadata = parseJson(json, source.name);
  const tensors: [string, NumericArray][] = [];
  for (const name of file.tensors.keys()) tensors.push([name, (await file.readTensor(name)).data]);
  return { step: Number(digits), tensors: Object.fromEntries(tensors), metadata };
}

function parseJson(json: string, file: string): JsonValue {
  const excess = jsonExcess(json);
  if (excess !== undefined) throw new FormatError("checkpoint_corrupt", `${file}: its metadata ${excess}`);
  try {
    return JSON.parse(json) as JsonValue;
  } catch (cause) {
    throw new FormatError("checkpoint_corrupt", `${file}: its metadata is not JSON`, { cause, details: { file } });
  }
}
