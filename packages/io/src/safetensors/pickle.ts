import { FormatError } from "@dylora/errors";

const ZIP = [0x50, 0x4b, 0x03, 0x04];

function isPickle(start: Uint8Array): boolean {
  if (ZIP.every((byte, index) => start[index] === byte)) return true;
  // 0x80 and the protocol open a pickle. They may also be the length of a short safetensors header (0x0280 bytes),
  // which then has zeros up to byte 8.
  const protocol = start[1] ?? 0;
  return start[0] === 0x80 && protocol >= 2 && protocol <= 5 && start.subarray(2, 8).some((byte) => byte !== 0);
}

/**
 * Refuses a PyTorch file (`pytorch_model.bin`, `adapter_model.bin`, `.pt`): reading a pickle runs code stored in it.
 *
 * @param start - The first bytes of the file, eight where it has that many.
 * @throws `FormatError` `pickle_refused`, with the way to convert the file.
 */
export function refusePickle(start: Uint8Array, file: string): void {
  if (isPickle(start)) throw pickleRefused(file);
}

/** The error for a PyTorch pickle, saying how to convert it. */
export function pickleRefused(file: string): FormatError {
  return new FormatError(
    "pickle_refused",
    `${file} is a PyTorch pickle, which can run code when read; only safetensors is read here. Convert it in Python: ` +
      `from safetensors.torch import save_file; save_file({k: v.contiguous() for k, v in torch.load(${JSON.stringify(file)}, ` +
      `weights_only=True).items()}, "model.safetensors", {"format": "pt"})`,
    { details: { file } },
  );
}
