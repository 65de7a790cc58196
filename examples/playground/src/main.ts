import * as Comlink from "comlink";
import type { AdapterReport, PlaygroundApi, TaskName } from "./api.ts";
import { AdapterList, describeAdapter } from "./page/adapter-list.ts";
import { AdapterShelf, type Choice, COMES_WITH_PAGE, type KeptAdapter } from "./page/adapter-shelf.ts";
import { byId } from "./page/elements.ts";
import { FileButtons } from "./page/file-buttons.ts";
import { latestOnly } from "./page/latest-only.ts";
import { Notice } from "./page/notice.ts";
import { activateTabs } from "./page/tabs.ts";
import { messageOf } from "./page/texts.ts";
import { TrainPanel } from "./page/train-panel.ts";
import { TryPanel } from "./page/try-panel.ts";

const worker = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module" });
const api = Comlink.wrap<PlaygroundApi>(worker);

const tasks = byId("tasks", HTMLFieldSetElement);
const problem = byId("problem", HTMLElement);

/** Says that the page cannot work, and why. */
function showProblem(message: string): void {
  problem.textContent = message;
  problem.hidden = false;
}

const needs = "This page needs WebGPU or WebAssembly: a current Chrome, Edge, Firefox or Safari.";
// Without a message where the script could not be loaded at all.
worker.addEventListener("error", ({ message }) => showProblem(`${needs} The worker failed. ${message ?? ""}`.trim()));

const shelf = await AdapterShelf.open();
const notice = new Notice("adapter");
const tryPanel = new TryPanel(api);
const files = new FileButtons(api, async (given, name) => {
  if (isTraining) throw new Error("the page is training; stop that first");
  const report = await api.load(given);
  await keep(report, { name, files: given });
  return `${name} is in use.`;
});
const list = new AdapterList(shelf, {
  chosen: (id) => {
    if (inUse !== undefined && isFree()) void choose({ task: inUse.task, id });
  },
  async deleted(id) {
    if (inUse === undefined || !isFree()) return;
    const { task } = inUse;
    await choose({ task, id: COMES_WITH_PAGE });
    await shelf.remove(id);
    list.show(task, COMES_WITH_PAGE);
  },
});
const trainPanel = new TrainPanel(api, {
  busy(busy) {
    isTraining = busy;
    files.enable(!busy);
  },
  async trained({ report, files: given }, name) {
    await keep(report, { name, files: given });
    return "The adapter is in use. Those from before are in the list of adapters.";
  },
});
let inUse: Choice | undefined;
let isTraining = false;
/** Why the last choice could not be followed. */
let failure: unknown;

/** Puts an adapter on the shelf that the worker has put to use. */
async function keep(report: AdapterReport, given: Pick<KeptAdapter, "name" | "files">): Promise<void> {
  const { adapter, lost } = await shelf.add({ task: report.task, ...given });
  await show(report, adapter.id);
  if (lost !== undefined) notice.fail(lost);
}

/** Shows an adapter that the worker has put to use. */
async function show(report: AdapterReport, id: string): Promise<void> {
  const { task } = report;
  inUse = { task, id };
  const radio = tasks.querySelector<HTMLInputElement>(`input[value="${task}"]`);
  if (radio !== null) radio.checked = true;
  list.show(task, id);
  notice.say(describeAdapter(report));
  tryPanel.show(report);
  files.show(report);
  await Promise.all([trainPanel.show(task), shelf.remember(inUse)]);
}

/** Puts an adapter to use; of several choices in a row, the last. */
const choose = latestOnly(async (choice: Choice): Promise<void> => {
  notice.say("Loading …");
  trainPanel.wait();
  files.enable(false);
  failure = undefined;
  try {
    const kept = shelf.find(choice.id);
    await show(await (kept === undefined ? api.open(choice.task) : api.load(kept.files)), choice.id);
  } catch (error) {
    failure = error;
    notice.fail(error, "It could not be loaded: ");
    await restore();
  }
});

/** Shows again what is in use, if something is. */
async function restore(): Promise<void> {
  if (inUse === undefined) return;
  for (const radio of tasks.querySelectorAll("input")) radio.checked = radio.value === inUse.task;
  list.restore();
  if (isTraining) return;
  files.enable(true);
  await trainPanel.show(inUse.task);
}

/** Whether what is in use can be changed now; says why not. */
function isFree(): boolean {
  if (!isTraining) return true;
  notice.fail("The page is training. Stop that first, or wait until it is done.");
  void restore();
  return false;
}

activateTabs(document.querySelector('[role="tablist"]') as Element);
tasks.addEventListener("change", (event) => {
  const task = (event.target as HTMLInputElement).value as TaskName;
  if (isFree()) void choose({ task, id: shelf.list(task)[0]?.id ?? COMES_WITH_PAGE });
});
// What is being trained is lost with the page.
addEventListener("beforeunload", (event) => {
  if (isTraining) event.preventDefault();
});

const base = new URL(".", document.baseURI).href;
const backend = new URLSearchParams(location.search).get("backend") ?? "auto";
try {
  byId("backend", HTMLElement).textContent = `Backend: ${await api.start({ base, backend })}`;
  await choose(shelf.last ?? { task: "rating", id: COMES_WITH_PAGE });
  // What was kept may be of an older page: there is always the adapter that comes with it.
  if (inUse === undefined) {
    const why = failure;
    await choose({ task: shelf.last?.task ?? "rating", id: COMES_WITH_PAGE });
    if (inUse !== undefined) notice.fail(why, "The adapter that was in use last could not be loaded: ");
  }
} catch (error) {
  byId("backend", HTMLElement).textContent = "No backend runs here.";
  showProblem(`${needs} ${messageOf(error)}`);
}
