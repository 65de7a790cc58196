import { ConfigError } from "@dylora/errors";
import { exportAdapter, type Files, type Model, openAdapter, openModel, purposeOf } from "@dylora/finetune/memory";
import type { AdapterReport, PlaygroundApi, TaskName } from "../api.ts";
import { countSteps } from "../count-steps.ts";
import { classify, write } from "./answers.ts";
import { fetchAdapter, fetchModel, fetchText } from "./fetch-files.ts";
import { reportOf, type Session } from "./session.ts";
import { startBackend } from "./start-backend.ts";
import { type PageTask, tasks } from "./tasks.ts";
import { trainOn } from "./train.ts";
import { unzipFiles, zipFiles } from "./zip-files.ts";

/** Makes what the worker offers to the page. It holds one session at a time. */
export function createPlayground(): PlaygroundApi {
  const models = new Map<PageTask, Promise<Model>>();
  let base = "";
  let session: Session | undefined;
  let writing = new AbortController();
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
  function current(task?: TaskName): Session {
    if (session !== undefined && (task === undefined || session.task.name === task)) return session;
    throw new ConfigError("no_adapter", "no adapter is loaded for this yet; wait until the model is there");
  }

  async function use(next: Session): Promise<AdapterReport> {
    writing.abort();
    await session?.tuned.close();
    session = next;
    return reportOf(next);
  }

  const useFiles = async (task: PageTask, files: Files, origin: string): Promise<AdapterReport> =>
    use({ task, tuned: await openAdapter(files, await modelOf(task)), origin });

  return {
    async start(options) {
      base = options.base;
      const { id, detail } = await startBackend(options.backend, base);
      return `${id} (${detail})`;
    },
    async open(name) {
      const task = tasks[name];
      return useFiles(task, await fetchAdapter(`${base}${task.folder}/adapter`), "comes with the page");
    },
    lines: (name) => fetchText(`${base}${tasks[name].folder}/lines.txt`),
    classify: (text, rank) => classify(current("rating"), text, rank),
    async write(prompt, rank, onText) {
      writing.abort();
      writing = new AbortController();
      const { signal } = writing;
      try {
        return await write(current("writing"), prompt, rank, { signal, onText });
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    },
    async train(name, lines, settings, report) {
      training = new AbortController();
      const { signal } = training;
      const task = tasks[name];
      const tuned = await trainOn(await modelOf(task), task, lines, settings, { signal, report });
      const { step, reason } = tuned.outcome;
      const origin = `trained here, ${countSteps(step)}`;
      return { step, stopped: reason === "aborted", adapter: await use({ task, tuned, origin }) };
    },
    stop: () => training.abort(),
    async download(rank) {
      return zipFiles(exportAdapter(current().tuned, { rank }));
    },
    async load(zip, name) {
      const files = unzipFiles(zip);
      const purpose = purposeOf(files);
      const task = Object.values(tasks).find((one) => one.purpose === purpose);
      if (task === undefined) {
        throw new ConfigError("unknown_task", "the adapter is for neither of the two things that this page does");
      }
      return useFiles(task, files, `from ${name}`);
    },
  };
}
