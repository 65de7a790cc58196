import { showValue } from "@dylora/errors";
import type { AdapterNote } from "@dylora/io";
import { checkModelOutput, writeModelFolder, writePeftAdapter } from "@dylora/io/node";
import { type AdaptedModel, type Adapter, toPeft } from "@dylora/lora-core";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import { type Head, headOf, madeUp } from "../adapters/head.ts";
import { checkRanks, loadAdapted, openBaseOf } from "../adapters/load-adapted.ts";
import { openAdapter } from "../adapters/open-adapter.ts";
import { contextOf, type WorkOptions } from "../context.ts";
import { type BaseModel, closingOnFailure } from "../models/base-model.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { ExportSettings } from "../settings/use-settings.ts";
import { notedBase, notedScore } from "./card-facts.ts";
import { mergedConfig, mergedTensors } from "./merged-model.ts";
import { refuseSources } from "./refuse-sources.ts";

/** What {@link exportSource} wrote. */
export interface ExportResult {
  /** Folder that was written. */
  readonly out: string;
  /** Rank exported. */
  readonly rank: number;
  /** `peft`: adapter files; `merged`: a whole model. */
  readonly layout: "peft" | "merged";
  /** Base model. */
  readonly base: string;
}

/** What an exported adapter is made of. */
export interface ExportJob {
  /** The trained adapter. */
  readonly adapter: Adapter;
  /** Where it comes from. */
  readonly source: Pick<
    AdapterSource,
    "task" | "maxLength" | "promptForm" | "tokenizer" | "replaced" | "modulesToSave"
  >;
  /** Its head; undefined for a model that generates. */
  readonly head: Head | undefined;
  /** Rank to export. */
  readonly rank: number;
  /** Its base model. */
  readonly base: Pick<BaseModel, "name" | "revision" | "architecture" | "tokenizerDir">;
  /** Folder to write. */
  readonly out: string;
  /** Write into a folder that is not empty. */
  readonly overwrite: boolean;
  /** What is known of the base model and of the score; default nothing. */
  readonly facts?: Pick<AdapterNote, "base" | "score">;
}

/** What an export says about its training beyond PEFT's and transformers' files, as far as it is known. */
function noteOf({ source, head, rank, facts }: Pick<ExportJob, "source" | "head" | "rank" | "facts">): AdapterNote {
  const { kind, labels = [] } = head ?? { kind: "generation" as const };
  const { task, maxLength, promptForm, tokenizer } = source;
  return {
    kind,
    labels,
    rank,
    ...facts,
    ...(task === undefined ? {} : { task }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(promptForm === undefined ? {} : { promptForm }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}

/** Says so where Python would call classes by the base's names: PEFT's files hold none. */
function noteOtherNames({ labels }: Head, { name, architecture }: BaseModel, note: (line: string) => void): void {
  const own = architecture.labels;
  if (labels === undefined || own === undefined || madeUp(own) || own.join("\0") === labels.join("\0")) return;
  note(
    `${name} names its classes ${own.map((one) => showValue(one)).join(", ")}, the adapter ` +
      `${labels.map((one) => showValue(one)).join(", ")}: in Python give the base id2label, as in the adapter's README.md`,
  );
}

/** The tokenizer that the adapter brought goes with what is made of it. */
const tokenizerOf = ({ tokenizerDir }: Pick<BaseModel, "tokenizerDir">) =>
  tokenizerDir === undefined ? {} : { tokenizerFrom: tokenizerDir };

/** As PEFT names what a model is for. */
const taskTypes = { classification: "SEQ_CLS", generation: "CAUSAL_LM" } as const;

/**
 * Writes one rank of an adapter as a PEFT folder.
 *
 * @experimental
 */
export async function exportPeft({
  adapter,
  source,
  head: meaning,
  rank,
  base,
  out,
  overwrite,
  facts,
}: ExportJob): Promise<void> {
  const { config, tensors, modulesToSave: head } = toPeft(adapter, rank);
  const { replaced = new Map(), modulesToSave: announced = [] } = source;
  // What the adapter put in the place of the base's weights goes with it, announced as it was.
  const modulesToSave = new Map([...head, ...replaced]);
  const names = announced.filter((name) => [...replaced.keys()].some((path) => `.${path}`.includes(`.${name}.`)));
  const modules = [...new Set([...(config.modules_to_save ?? []), ...names])];
  const full = {
    ...config,
    modules_to_save: modules.length === 0 ? null : modules,
    task_type: taskTypes[base.architecture.purpose],
    base_model_name_or_path: base.name,
    revision: base.revision ?? null,
    inference_mode: true,
  };
  // Several labels at once are what the base's configuration says; a note would say that there is one.
  const isTold = meaning?.problemType !== "multi_label_classification";
  const told = isTold
    ? { note: noteOf({ source, head: meaning, rank, ...(facts === undefined ? {} : { facts }) }) }
    : {};
  await writePeftAdapter(out, { config: full, tensors, modulesToSave, ...told }, { overwrite, ...tokenizerOf(base) });
}

/**
 * Writes one rank of an adapter that is loaded, as a PEFT folder or merged into its base.
 *
 * @param note told what is not copied, and where Python would name classes otherwise
 */
export async function writeRank(
  {
    adapted,
    ...job
  }: Omit<ExportJob, "adapter" | "base" | "facts"> & {
    readonly adapted: AdaptedModel;
    readonly base: BaseModel;
    /** Folder of the run, whose sweep tells the score. */
    readonly run: string | undefined;
  },
  { merge, dtype }: Pick<ExportSettings, "merge" | "dtype">,
  note: (line: string) => void,
): Promise<void> {
  const { run, source, head, rank, base, out, overwrite } = job;
  const { adapter } = adapted;
  const score = await notedScore(run, rank);
  const facts = { base: await notedBase(base), ...(score === undefined ? {} : { score }) };
  if (!merge) {
    await exportPeft({ ...job, adapter, facts });
    if (head !== undefined) noteOtherNames(head, base, note);
    return;
  }
  const { architecture, folder } = base;
  const layout = architecture.merged(adapted.model, folder.weights);
  const config = mergedConfig(folder.config, architecture, layout, head);
  const tensors = mergedTensors(folder.weights, adapter, rank, layout);
  const told = noteOf({ source, head, rank, facts });
  const target = { config, tensors, dtype, copyFrom: base.dir, note: told, overwrite, ...tokenizerOf(base) };
  for (const { name, reason } of await writeModelFolder(out, target)) {
    note(`${name} of ${base.name} is not copied: it is ${reason}`);
  }
}

const BYTES = { float32: 4, float16: 2, bfloat16: 2 } as const;

/**
 * Writes one rank of an adapter: a run folder, a PEFT folder or a name on the hub.
 *
 * @throws ConfigError, FormatError or ResourceError for what is wrong, before anything is written
 *
 * @experimental
 */
export async function exportSource(
  adapter: string,
  settings: ExportSettings,
  options: WorkOptions = {},
): Promise<ExportResult> {
  const context = contextOf(options);
  requireOptions(settings, "rank", "out");
  const { rank, out, merge, overwrite, dtype, backend } = settings;
  await checkModelOutput(out, { overwrite });
  const source = await openAdapter(adapter, context);
  checkRanks(source, [rank]);
  const base = await openBaseOf(source, settings, context);
  const { architecture } = base;
  const head = await closingOnFailure(base, async () => {
    await refuseSources(out, { SOURCE: source.dir, "its base model": base.dir });
    const bytes = merge ? base.parameters * BYTES[dtype] : 0;
    const others = await checkModelOutput(out, { overwrite, bytes });
    if (others.length > 0)
      context.note(`${out} holds files that are not of an export; they stay: ${others.join(", ")}`);
    return architecture.purpose === "generation" ? undefined : headOf(source, base, undefined);
  });
  const { adapted, close } = await loadAdapted(source, base, { backend, outputs: head?.outputs, note: context.note });
  try {
    await writeRank(
      { adapted, run: source.dir, source, head, rank, base, out, overwrite },
      { merge, dtype },
      context.note,
    );
  } finally {
    await close();
  }
  return { out, rank, layout: merge ? "merged" : "peft", base: base.name };
}
