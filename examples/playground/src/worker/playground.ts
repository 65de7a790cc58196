import { ConfigError } from "@dylora/errors";
import { decodePeftAdapter } from "@dylora/io";
import { attach, createAdapter, fromPeft } from "@dylora/lora-core";
import type { AdapterReport, PlaygroundApi, TaskName } from "../api.ts";
import { countSteps } from "../count-steps.ts";
import { adapterFiles, labelsOf, unzipFiles, zipFiles } from "./adapter-files.ts";
import { classify, write } from "./answers.ts";
import { fetchAdapter, fetchModel, fetchText, type ModelFiles } from "./fetch-files.ts";
import { ratingTask } from "./rating-task.ts";
import { reportOf, type Session } from "./session.ts";
import { startEngine } from "./start-engine.ts";
import type { Task } from "./task.ts";
import { trainAdapter } from "./train-adapter.ts";
import { writingTask } from "./writing-task.ts";

const tasks: Readonly<Record<TaskName, Task>> = { rating: ratingTask, writing: writingTask };

/** Makes what the worker offers to the page. It holds one session at a time. */
export function createPlayground(): PlaygroundApi {
  const fetched = new Map<Task, Promise<ModelFiles>>();
  let base = "";
  let session: Session | undefined;
  let writing = new AbortController();
  let training = new AbortController();

  /** The files of a task's model; they are fetched once. */
  function filesOf(task: Task): Promise<ModelFiles> {
    const files = fetched.get(task) ?? fetchModel(`${base}${task.folder}/model`);
    files.catch(() => fetched.delete(task)); // the next call tries again
    fetched.set(task, files);
    return files;
  }

  /** The session in use. */
  function current(task?: TaskName): Session {
    if (session !== undefined && (task === undefined || session.task.name === task)) return session;
    throw new ConfigError("no_adapter", "no adapter is loaded for this yet; wait until the model is there");
  }

  function use(next: Session): AdapterReport {
    writing.abort();
    session?.model.dispose();
    session = next;
    return reportOf(next);
  }

  async function useFiles(
    task: Task,
    adapter: ReadonlyMap<string, Uint8Array>,
    origin: string,
  ): Promise<AdapterReport> {
    const peft = await decodePeftAdapter(adapter);
    const files = await filesOf(task);
    const labels = labelsOf(adapter, peft);
    const model = await task.load(files, labels.length);
    try {
      return use({ task, files, model, labels, origin, adapted: attach(model, fromPeft(model, peft)) });
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  return {
    async start(options) {
      base = options.base;
      const { id, detail } = await startEngine(options.engine, base);
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
      const files = await filesOf(task);
      const set = task.read(lines, files);
      const { labels } = set;
      const model = await task.load(files, labels.length);
      try {
        const adapted = attach(model, createAdapter(model, { rank: 8, alpha: 16 }));
        const { step, stopped } = await trainAdapter(adapted, set, settings, { signal, report });
        const origin = `trained here, ${countSteps(step)}`;
        return { step, stopped, adapter: use({ task, files, model, labels, origin, adapted }) };
      } catch (error) {
        model.dispose();
        throw error;
      }
    },
    stop: () => training.abort(),
    async download(rank) {
      const { adapted, task, labels } = current();
      return zipFiles(adapterFiles(adapted.adapter, task, labels, rank));
    },
    async load(zip, name) {
      const files = unzipFiles(zip);
      const { config } = await decodePeftAdapter(files);
      const task = Object.values(tasks).find(({ taskType }) => taskType === config.task_type);
      if (task === undefined) {
        throw new ConfigError(
          "unknown_task",
          `the adapter is for ${config.task_type}; this page knows SEQ_CLS, CAUSAL_LM`,
        );
      }
      return useFiles(task, files, `from ${name}`);
    },
  };
}
