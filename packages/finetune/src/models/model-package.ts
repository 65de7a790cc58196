import { ConfigError } from "@dylora/errors";
import type { ModelDescriptor } from "@dylora/lora-core";
import { isModuleFile, loadModuleFile } from "../settings/module-file.ts";
import { locatePackage } from "./locate-package.ts";

const CONTRACT = 1;

/** What a package of models exports. */
interface ModelModule {
  readonly descriptor?: ModelDescriptor;
}

/** Whether a name is that of a package, and neither a path nor a module within one. */
export const isPackageName = (name: string): boolean =>
  /^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name) && !isModuleFile(name);

async function importModule(name: string): Promise<ModelModule | undefined> {
  if (isModuleFile(name)) return (await loadModuleFile(name)) as ModelModule;
  const url = locatePackage(name);
  return url === undefined ? undefined : import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}

/**
 * Imports a family of models that is none of ours.
 *
 * @param name a package, as this one or the current folder sees it, or the path of a script; it exports `descriptor`
 * @throws ConfigError `unknown_model` when it is not there or exports none, or one of another contract; FormatError
 * `bad_module_file` for a script that does not run
 */
export async function openModelPackage(name: string): Promise<ModelDescriptor> {
  const loaded = await importModule(name);
  if (loaded === undefined) {
    throw new ConfigError("unknown_model", `'model': the package ${name} is not installed; npm install ${name}`);
  }
  const { descriptor } = loaded;
  if (descriptor === undefined) {
    throw new ConfigError(
      "unknown_model",
      `'model': ${name} exports no descriptor; name a package that describes a model`,
    );
  }
  if (descriptor.contract === CONTRACT) return descriptor;
  throw new ConfigError(
    "unknown_model",
    `'model': the descriptor of ${name} is of contract ${descriptor.contract}, and this version of dylora knows ${CONTRACT}`,
  );
}
