import { compile, type ModuleTest, wholePathPattern } from "./expression.ts";

/** What of PEFT's `LoraConfig` decides which modules get a pair. */
export interface ModuleSelection {
  /** Names (ends of paths), or a regular expression for whole paths. */
  readonly target_modules: readonly string[] | string;
  /** What is left out: the same two forms. */
  readonly exclude_modules?: readonly string[] | string | null;
  /** Modules that are trained whole; nothing in them gets a pair. */
  readonly modules_to_save?: readonly string[] | null;
  /** Layers that get pairs; one number or several. Only beside a list of names. */
  readonly layers_to_transform?: readonly number[] | number | null;
  /** Names before the number of a layer. */
  readonly layers_pattern?: readonly string[] | string | null;
}

const listOf = <Item>(value: readonly Item[] | Item | null | undefined): readonly Item[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value as Item];

/** By name: the path itself, or its end after a dot. */
function named(names: readonly string[]): ModuleTest {
  const known = new Set(names);
  return (path) => {
    if (known.has(path)) return true;
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
      if (known.has(path.slice(dot + 1))) return true;
    }
    return false;
  };
}

const either = (value: readonly string[] | string): ModuleTest =>
  typeof value === "string" ? wholePathPattern(value) : named(value);

/** The first numbered part of a path, as PEFT finds it: after any name, or after one that `layers_pattern` gives. */
function layerOf(patterns: readonly string[]): (path: string) => number | undefined {
  const sources = patterns.length === 0 ? [".*?\\.[^.]*"] : patterns.map((pattern) => `(?:^|.*?\\.)${pattern}`);
  const finders = sources.map((source) => compile(`${source}\\.(?P<idx>\\d+)\\.`, source));
  return (path) => {
    for (const finder of finders) {
      const match = finder.matcher(path);
      if (!match.lookingAt()) continue;
      const index = match.group("idx");
      return index === null ? undefined : Number(index);
    }
    return undefined;
  };
}

/**
 * Which modules get a pair: PEFT's `check_target_module_exists`.
 *
 * @param selection of a configuration
 * @returns says it for a module path, counted from the model that was adapted
 * @throws ConfigError `bad_module_pattern`
 *
 * @example
 * ```ts
 * import { selectedModules } from "@dylora/module-patterns";
 *
 * const isAdapted = selectedModules({ target_modules: ["dense"], modules_to_save: ["classifier"] });
 * console.log(isAdapted("encoder.layer.0.output.dense"), isAdapted("classifier.dense")); // true false
 * ```
 */
export function selectedModules(selection: ModuleSelection): ModuleTest {
  const { target_modules: targets, exclude_modules: excluded, modules_to_save: whole } = selection;
  const isTarget = either(targets);
  const isExcluded =
    excluded === undefined || excluded === null || excluded.length === 0 ? undefined : either(excluded);
  const inWhole = listOf(whole).map((name) => compile(`(^|.*\\.)${name}($|\\..*)`, name));
  const layers = new Set(listOf(selection.layers_to_transform));
  const layer = layers.size === 0 ? undefined : layerOf(listOf(selection.layers_pattern).filter((name) => name !== ""));
  const exact = new Set(typeof targets === "string" ? [] : targets);
  return (path) => {
    if (isExcluded?.(path) || inWhole.some((pattern) => pattern.matcher(path).lookingAt())) return false;
    if (!isTarget(path)) return false;
    // A path that is named in full is meant whatever its layer, and an expression has its layers in it.
    if (layer === undefined || typeof targets === "string" || exact.has(path)) return true;
    const index = layer(path);
    return index !== undefined && layers.has(index);
  };
}
