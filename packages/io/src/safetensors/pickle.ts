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
 * @param start the first bytes of the file, eight where it has that many
 * @throws `FormatError` `pickle_refused`, with the way to convert the file.
 */
export function refusePickle(start: Uint8Array, file: string): void {
  if (isPickle(start)) throw pickleRefused(file);
}

/** What a pickled file is called once it is safetensors: the name that Hugging Face libraries look for, in its folder. */
function converted(file: string): string {
  const cut = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1;
  const name = file.slice(cut);
  const stem = name.startsWith("pytorch_model") ? "model" : name.replace(/\.[a-z0-9]+$/i, "");
  return `${file.slice(0, cut)}${stem}.safetensors`;
}

/** Python that writes the tensors of some pickles into one safetensors file; each is copied, since tied ones share memory. */
const saveCode = (files: string, target: string): string =>
  `save_file({k: v.contiguous().clone() for f in ${files} for k, v in ` +
  `torch.load(f, map_location="cpu", weights_only=True).items()}, ${target}, {"format": "pt"})`;

const IMPORTS = "import torch; from safetensors.torch import save_file";

function refused(what: string, how: string, code: string, details: Readonly<Record<string, unknown>>): FormatError {
  const why = "PyTorch pickle, which can run code when read; only safetensors is read here";
  return new FormatError("pickle_refused", `${what} ${why}. ${how} in Python: ${code}`, { details });
}

/**
 * The error for a PyTorch pickle, saying how to convert it. The line of Python ends the message.
 *
 * @param file the pickle, or the index of its shards (`pytorch_model.bin.index.json`)
 */
export function pickleRefused(file: string): FormatError {
  const index = /^(.*[\\/])?pytorch_model\.bin\.index\.json$/s.exec(file);
  const target = JSON.stringify(converted(file));
  const code =
    index === null
      ? saveCode(`[${JSON.stringify(file)}]`, target)
      : `from pathlib import Path; ${saveCode(`sorted(Path(${JSON.stringify(index[1] || ".")}).glob("pytorch_model-*.bin"))`, target)}`;
  return refused(`${file} is a`, "Convert it", `${IMPORTS}; ${code}`, { file });
}

/** Weights that a hub repository may hold as pickles, by the name they have as safetensors. */
const PICKLED: readonly (readonly [target: string, pattern: string, name: RegExp])[] = [
  ["model.safetensors", "pytorch_model*.bin", /^pytorch_model(-\d+-of-\d+)?\.bin$/],
  ["adapter_model.safetensors", "adapter_model.bin", /^adapter_model\.bin$/],
];

/**
 * Refuses a hub repository whose weights are pickles alone, before anything of it is fetched.
 *
 * @param name the repository, `owner/name`
 * @param commit the commit that is asked for
 * @param files paths of its files
 * @throws `FormatError` `pickle_refused`, with a line of Python that downloads and converts them.
 */
export function refusePickledRepo(name: string, commit: string, files: readonly string[]): void {
  if (files.some((file) => /^[^/]*\.safetensors$/.test(file))) return;
  for (const [target, pattern, pickled] of PICKLED) {
    const file = files.find((path) => pickled.test(path));
    if (file === undefined) continue;
    const folder = name.replace("/", "-");
    const wanted = `allow_patterns=[${[pattern, "*.json", "*.txt"].map((glob) => JSON.stringify(glob)).join(", ")}]`;
    const fetch = `d = Path(snapshot_download(${JSON.stringify(name)}, revision="${commit}", local_dir="${folder}", ${wanted}))`;
    const code = saveCode(`sorted(d.glob("${pattern}"))`, `d / "${target}"`);
    throw refused(
      `"${name}" has no safetensors; its ${file} is a`,
      `Download and convert it into the folder ./${folder}, and name that folder instead,`,
      `${IMPORTS}; from pathlib import Path; from huggingface_hub import snapshot_download; ${fetch}; ${code}`,
      { name, file },
    );
  }
}
