import { ConfigError, FormatError } from "@dylora/errors";
import { type GivenValues, isModuleFile, loadModuleFile } from "@dylora/finetune/settings";

/** Bytes of a configuration in YAML that are read: people write a few hundred. */
const LARGEST = 2 ** 20;

async function readYaml(path: string): Promise<unknown> {
  const [{ parse, YAMLParseError }, { readSmallFile }] = await Promise.all([import("yaml"), import("@dylora/io/node")]);
  const text = new TextDecoder().decode(await readSmallFile(path, LARGEST));
  try {
    // Keys that repeat are refused, and aliases cannot blow up.
    return parse(text, { maxAliasCount: 100, prettyErrors: true, strict: true, uniqueKeys: true });
  } catch (cause) {
    if (!(cause instanceof YAMLParseError) && !(cause instanceof ReferenceError)) throw cause;
    throw new FormatError("bad_config_file", `${path} is not YAML: ${cause.message.split("\n")[0]}`, { cause });
  }
}

const isSettings = (values: unknown): values is Record<string, unknown> =>
  typeof values === "object" && values !== null && !Array.isArray(values);

/**
 * Reads a config file: an object of settings by name (`loraDropout` or `lora_dropout` for `--lora-dropout`), as JSON or YAML.
 * A script exports it as default. Relative paths in it are relative to the current folder, as those of flags are.
 *
 * @throws ConfigError `bad_config_file`; FormatError `file_missing`, `not_a_file`, `file_unreadable`, `file_too_large`, `bad_json` or `bad_module_file`
 */
export async function readConfigFile(path: string): Promise<GivenValues> {
  if (/\.ya?ml$/i.test(path)) {
    const values = await readYaml(path);
    if (isSettings(values)) return { values, file: path };
    throw new ConfigError("bad_config_file", `${path} must hold options by name, such as "rank: 8"`);
  }
  if (!isModuleFile(path)) {
    const { readJsonObject } = await import("@dylora/io/node");
    return { values: await readJsonObject(path), file: path };
  }
  const values = await loadModuleFile(path);
  if (isSettings(values)) return { values, file: path };
  throw new ConfigError("bad_config_file", `${path} must export an object of options, such as { rank: 8 }`);
}
