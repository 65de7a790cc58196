import { ConfigError, FormatError } from "@dylora/errors";
import { exportAdapter, type Files, type Model, openAdapter, openModel, purposeOf } from "@dylora/finetune/memory";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from "@dylora/io";
import type { AdapterReport, Place, PlaygroundApi } from "../api.ts";
import { classify, write } from "./answers.ts";
import { fetchAdapter, fetchModel, fetchText } from "./fetch-files.ts";
import { inTurn } from "./in-turn.ts";
import { reportOf, type Session } from "./session.ts";
import { startBackend } from "./start-backend.ts";
import { type PageTask, tasks } from "./tasks.ts";
import { trainOn } from "./train.ts";

/** Makes what the worker offers to the page. It holds one session at a time. */
export function createPlayground(): PlaygroundApi {
  const models = new Map<PageTask, Promise<Model>>();
  const writing: Record<Place, AbortController> = { left: new AbortController(), right: new AbortController() };
  // A session is closed between two answers, never under one.
  const answering = inTurn();
  let base = "";
  let session: Session | undefined;
  let training = new AbortController();

  /** The model of a task, its files in memory; they are fetched once. */
  function modelOf(task: PageTask): Promise<Model> {
    const fetched = async () => openModel(await fetchModel(`${base}${task.folder}/model`), { name: task.baseName });
    const model = models.get(task) ?? fetched();
    model.catch(() => models.delete(task)); // the next call tries again
    models.set(task, model);
    return model;
  }

  /** The session in use. */
  function current(purpose?: PageTask["purpose"]): Session {
    if (session !== undefined && (purpose === undefined || session.task.purpose === purpose)) return session;
    throw new ConfigError("no_adapter", "No adapter is loaded for this yet. Wait until the model is there.");
  }

  function use(next: Session): Promise<AdapterReport> {
    writing.left.abort();
    writing.right.abort();
    return answering(async () => {
      await session?.tuned.close();
      session = next;
      return reportOf(next);
    });
  }

  const useFiles = async (task: PageTask, files: Files): Promise<AdapterReport> =>
    use({ task, tuned: await openAdapter(files, await modelOf(task)) });

  return {
    async start(options) {
      base = options.base;
      const { id, detail } = await startBackend(options.backend);
      return `${id} (${detail})`;
    },
    async open(name) {
      const task = tasks[name];
      return useFiles(task, await fetchAdapter(`${base}${task.folder}/adapter`));
    },
    lines: (name) => fetchText(`${base}${tasks[name].folder}/lines.txt`),
    classify: (text, rank) => answering(() => classify(current("classification"), text, rank)),
    async write(place, prompt, rank, onText) {
      writing[place].abort();
      writing[place] = new AbortController();
      const { signal } = writing[place];
      try {
        return await answering(async () => {
          signal.throwIfAborted();
          return write(current("generation"), prompt, rank, { signal, onText });
        });
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    },
    async train(name, rows, settings, report) {
      training = new AbortController();
      const { signal } = training;
      const task = tasks[name];
      const { run, problem } = await trainOn(await modelOf(task), task, rows, settings, { signal, report });
      const { step, reason } = run.outcome;
      const end = { step, stopped: reason === "aborted" };
      if (problem !== undefined) {
        await run.close();
        return { ...end, problem };
      }
      const files = exportAdapter(run, { rank: run.maxRank });
      return { ...end, trained: { report: await use({ task, tuned: run }), files } };
    },
    stop: () => training.abort(),
    async download(rank) {
      return exportAdapter(current().tuned, { rank });
    },
    async load(files) {
      const missing = [ADAPTER_CONFIG, ADAPTER_WEIGHTS].filter((name) => !files.has(name));
      if (missing.length > 0) {
        const are = missing.length === 1 ? "is" : "are";
        throw new FormatError("no_adapter", `There is no adapter in it: ${missing.join(" and ")} ${are} missing.`);
      }
      const purpose = purposeOf(files);
      const task = Object.values(tasks).find((one) => one.purpose === purpose);
      if (task === undefined) {
        throw new ConfigError(
          "unknown_task",
          "This page has a model that classifies and one that writes; the adapter is for neither.",
        );
      }
      return useFiles(task, files);
    },
  };
}
