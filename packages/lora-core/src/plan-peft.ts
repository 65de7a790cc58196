import { type ModuleTest, patternTable, selectedModules } from "@dylora/module-patterns";
import type { AdaptableModel, HeadParameter } from "./model.ts";
import type { PeftAdapter, PeftPair } from "./peft.ts";
import { explainLost, explainParameter, misfit } from "./peft-misfit.ts";
import { scaleAt } from "./scaling.ts";
import { namesTarget } from "./select-targets.ts";
import { allTargets, type Target } from "./site.ts";

/** What must be known of a model to say whether an adapter fits it: all of it follows from the model's configuration. */
export interface PeftTarget extends Pick<AdaptableModel, "sites" | "defaultTargets"> {
  /** What messages call it. Default `model`. */
  readonly architecture?: string;
  /** Parameters of its head. */
  readonly head: readonly Pick<HeadParameter, "name" | "shape">[];
}

/** A pair of a PEFT adapter with its place in a model. */
export interface PlannedPair {
  /** Where it goes. */
  readonly target: Target;
  /** Its factors. */
  readonly pair: PeftPair;
  /** Its rank. */
  readonly rank: number;
  /** Its alpha, by PEFT's patterns on the adapter's own path. */
  readonly alpha: number;
}

/** A pair on a layer of the head, which is trained whole here: it is added to the layer's weight. */
export interface HeadPair {
  /** Name of the weight. */
  readonly parameter: string;
  /** Its factors. */
  readonly pair: PeftPair;
  /** What B·A is multiplied by. */
  readonly scale: number;
}

/** What {@link planPeft} finds out. */
export interface PeftPlan {
  /** Pairs on the model's sites. */
  readonly pairs: readonly PlannedPair[];
  /** Pairs on the model's head. */
  readonly headPairs: readonly HeadPair[];
  /** What is left out or done otherwise, in words. */
  readonly notes: readonly string[];
}

/** Layers that a model with a head leaves out: a pair on one computes nothing, and PEFT drops it. */
const WITHOUT_EFFECT = /(^|\.)pooler\.dense$/;

/** PEFT's choice of modules, on the adapter's own paths. */
function selectionOf({ config }: PeftAdapter, defaults: readonly string[]): ModuleTest {
  const { target_modules: targets } = config;
  if (targets === "all-linear") return () => true;
  return selectedModules({ ...config, target_modules: targets ?? defaults });
}

function placeOf(name: string, targets: readonly Target[], adapter: string): Target | undefined {
  const exact = targets.find(({ path }) => path === name);
  const places = targets.filter(({ path }) => namesTarget(name, path));
  if (places.length > 1 && exact === undefined) {
    throw misfit(adapter, `its pair on "${name}" fits several places: ${places.map(({ path }) => path).join(", ")}`);
  }
  return exact ?? places[0];
}

function checkShape(name: string, { A, B }: PeftPair, inFeatures: number, outFeatures: number, adapter: string): void {
  const rank = A.shape[0] ?? 0;
  for (const [half, { shape }, wanted] of [
    ["lora_A", A, [rank, inFeatures]],
    ["lora_B", B, [outFeatures, rank]],
  ] as const) {
    if (shape.join() === wanted.join()) continue;
    const found = `${name}.${half}.weight is [${shape}] in the adapter; the model needs [${wanted}]`;
    throw misfit(adapter, `${found}: it was made for a base of another size`, { found: shape, wanted });
  }
}

/**
 * The modules that `modules_to_save` names must be saved whole: PEFT fails on a file that lacks one of their parameters.
 * Those whose every parameter was taken out of `modulesToSave` by the caller are the caller's choice.
 */
function checkAnnounced(
  { config, modulesToSave, lackingModules = [] }: PeftAdapter,
  head: PeftTarget["head"],
  adapter: string,
) {
  for (const { name } of head) {
    const parts = name.split(".").slice(0, -1);
    const modules = parts.map((_, index) => parts.slice(0, index + 1).join("."));
    const [announced, module] = (config.modules_to_save ?? []).flatMap((entry) => {
      const inside = modules.find((path) => path.endsWith(entry));
      return inside === undefined ? [] : [entry, inside];
    });
    if (announced === undefined || modulesToSave.has(name)) continue;
    const inPart = [...modulesToSave.keys()].some((saved) => saved.startsWith(`${module}.`));
    if (!inPart && !lackingModules.includes(announced)) continue;
    throw misfit(
      adapter,
      `adapter_config.json announces the head "${announced}" (modules_to_save), and adapter_model.safetensors does not ` +
        `hold ${name}: it was saved incompletely, as PEFT does when it converts a PiSSA or OLoRA adapter. Save it again ` +
        "with its head, or take the name out of modules_to_save to use the base model's own head",
      { name, announced },
    );
  }
}

function leftOut(names: readonly string[], adapter: string, why: string): string[] {
  if (names.length === 0) return [];
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  return [`${adapter}: ${names.length === 1 ? "the pair" : "pairs"} on ${shown} ${why}`];
}

/**
 * Finds the place of everything in a PEFT adapter, or says by cause why it does not fit. It needs no weights, so it can be
 * asked before a model is loaded.
 *
 * @param model what is known of the model
 * @throws ConfigError `adapter_mismatch`; `bad_module_pattern` for a pattern that is no regular expression
 */
export function planPeft(model: PeftTarget, peft: PeftAdapter): PeftPlan {
  const { config, tensors, modulesToSave, name: adapter = "the adapter" } = peft;
  const { sites, head, architecture = "model" } = model;
  const [rankStabilised, alphaOf] = [config.use_rslora, patternTable(config.alpha_pattern)];
  const isSelected = selectionOf(peft, model.defaultTargets);
  const targets = allTargets(sites);
  const pairs = new Map<string, PlannedPair>();
  const headPairs: HeadPair[] = [];
  const lost: string[] = [];
  const shapes: (() => void)[] = [];
  const [unselected, withoutEffect]: string[][] = [[], []];
  for (const [name, pair] of tensors) {
    if (!isSelected(name)) {
      unselected?.push(name);
      continue;
    }
    const rank = pair.A.shape[0] ?? 0;
    const alpha = alphaOf(name) ?? config.lora_alpha;
    const parameter = head.find((own) => own.name === `${name}.weight` && own.shape.length === 2);
    const target = placeOf(name, targets, adapter);
    if (parameter !== undefined) {
      const [outFeatures = 0, inFeatures = 0] = parameter.shape;
      shapes.push(() => checkShape(name, pair, inFeatures, outFeatures, adapter));
      const scale = scaleAt(rankStabilised ? "alpha/sqrt(b)" : "alpha/b", rank, alpha);
      headPairs.push({ parameter: parameter.name, pair, scale });
    } else if (target !== undefined) {
      if (pairs.has(target.path)) throw misfit(adapter, `its pair on "${name}" fits several places: ${target.path}`);
      shapes.push(() => checkShape(name, pair, target.site.inFeatures, target.outFeatures, adapter));
      pairs.set(target.path, { target, pair, rank, alpha });
    } else if (WITHOUT_EFFECT.test(name)) withoutEffect?.push(name);
    else lost.push(name);
  }
  // On a bare encoder there is no head to save, whatever is announced.
  const isBare = pairs.size > 0 && ![...pairs.keys()].some((path) => tensors.has(path));
  if (!isBare) checkAnnounced(peft, head, adapter);
  if (lost.length > 0) throw misfit(adapter, explainLost(lost, sites, architecture), { modules: lost.slice(0, 20) });
  for (const check of shapes) check();
  const names = head.map((own) => own.name);
  for (const [name, { shape }] of modulesToSave) {
    const own = head.find((candidate) => candidate.name === name);
    if (own === undefined) throw misfit(adapter, explainParameter(name, names, architecture), { name });
    if (own.shape.join() === shape.join()) continue;
    const other = "to start with another head, leave the saved modules out: { ...peft, modulesToSave: new Map() }";
    throw misfit(adapter, `${name} is [${shape}] in the adapter; the model needs [${own.shape}]; ${other}`, { name });
  }
  const notes = [
    ...leftOut(unselected ?? [], adapter, "left out, as PEFT does: adapter_config.json does not choose such modules"),
    ...leftOut(withoutEffect ?? [], adapter, "left out: this model does not run that layer"),
    ...leftOut(
      headPairs.map(({ parameter }) => parameter.replace(/\.weight$/, "")),
      adapter,
      "added to the head, which is whole here: a lower rank does not cut them",
    ),
  ];
  if (pairs.size > 0) return { pairs: [...pairs.values()], headPairs, notes };
  if (headPairs.length > 0)
    throw misfit(adapter, "it has pairs on the head alone, and none below that a rank could cut");
  const why = unselected?.length ? "adapter_config.json chooses none of its pairs" : "it holds no pair";
  throw misfit(adapter, `${why} (target_modules)`);
}
