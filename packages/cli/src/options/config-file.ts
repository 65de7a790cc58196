import { ConfigError } from "@dylora/errors";
import { type GivenValues, isModuleFile, loadModuleFile } from "@dylora/finetune/settings";

/**
 * Reads a config file: an object of settings by name (`loraDropout` for `--lora-dropout`). A script exports it as
 * default. Relative paths in it are relative to the current folder, as those of flags are.
 *
 * @throws ConfigError `bad_config_file`; FormatError `file_missing`, `bad_json` or `bad_module_file`
 */
export async function readConfigFile(path: string): Promise<GivenValues> {
  if (!isModuleFile(path)) {
    const { readJsonObject } = await import("@dylora/io/node");
    return { values: await readJsonObject(path), file: path };
  }
  const values = await loadModuleFile(path);
  if (typeof values === "object" && values !== null && !Array.isArray(values)) {
    return { values: values as Record<string, unknown>, file: path };
  }
  throw new ConfigError("bad_config_file", `${path} must export an object of options, such as { rank: 8 }`);
}
