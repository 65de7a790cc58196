import * as Comlink from "comlink";
import type { AdapterReport, PlaygroundApi, TaskName } from "./api.ts";
import { byId, messageOf } from "./page/elements.ts";
import { FileButtons } from "./page/file-buttons.ts";
import { activateTabs } from "./page/tabs.ts";
import { TrainPanel } from "./page/train-panel.ts";
import { TryPanel } from "./page/try-panel.ts";

const worker = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module" });
const api = Comlink.wrap<PlaygroundApi>(worker);

const tasks = byId("tasks", HTMLFieldSetElement);
const problem = byId("problem", HTMLElement);

/** Says what went wrong; without a message, that nothing did. */
function showProblem(message = ""): void {
  problem.textContent = message;
  problem.hidden = message === "";
}

const needs = "This page needs WebGPU or WebAssembly: a current Chrome, Edge, Firefox or Safari.";
// Without a message where the script could not be loaded at all.
worker.addEventListener("error", ({ message }) => showProblem(`${needs} The worker failed. ${message ?? ""}`.trim()));

const tryPanel = new TryPanel(api);
const trainPanel = new TrainPanel(api, {
  busy(busy) {
    tasks.disabled = busy;
    files.show(busy ? undefined : inUse);
  },
  trained: use,
});
const files = new FileButtons(api, { rank: () => tryPanel.rank, loaded: use });
let inUse: AdapterReport | undefined;

/** Shows an adapter that the worker has put to use. */
function use(adapter: AdapterReport): void {
  inUse = adapter;
  const radio = tasks.querySelector<HTMLInputElement>(`input[value="${adapter.task}"]`);
  if (radio !== null) radio.checked = true;
  byId("adapter", HTMLElement).textContent = `Adapter: ranks 1 to ${adapter.maxRank}, ${adapter.origin}.`;
  tryPanel.show(adapter);
  files.show(adapter);
  void trainPanel.show(adapter.task).catch((error) => showProblem(messageOf(error)));
}

/** Loads the model of a task with the adapter that comes with the page. */
async function open(task: TaskName): Promise<void> {
  showProblem();
  tasks.disabled = true;
  trainPanel.wait();
  files.show(undefined);
  try {
    use(await api.open(task));
  } catch (error) {
    showProblem(`The model could not be loaded: ${messageOf(error)}`);
    if (inUse !== undefined) use(inUse);
  } finally {
    tasks.disabled = false;
  }
}

activateTabs(document.querySelector('[role="tablist"]') as Element);
tasks.addEventListener("change", (event) => void open((event.target as HTMLInputElement).value as TaskName));

const base = new URL(".", document.baseURI).href;
const backend = new URLSearchParams(location.search).get("backend") ?? "auto";
try {
  byId("backend", HTMLElement).textContent = `Backend: ${await api.start({ base, backend })}`;
  await open("rating");
} catch (error) {
  byId("backend", HTMLElement).textContent = "No backend runs here.";
  showProblem(`${needs} ${messageOf(error)}`);
}
