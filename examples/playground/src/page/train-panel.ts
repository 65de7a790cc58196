import * as Comlink from "comlink";
import type { AdapterReport, PlaygroundApi, TaskName, TrainReport } from "../api.ts";
import { countSteps } from "../count-steps.ts";
import { byId, make, messageOf } from "./elements.ts";
import { drawLineChart, type Point } from "./line-chart.ts";

const forms: Readonly<Record<TaskName, string>> = {
  rating: "Lines to train on: a sentence, a tab and its class",
  writing: "Lines to train on: data, => and a sentence",
};

/** What the panel tells the page. */
export interface TrainEvents {
  /** Training has begun, or is over. */
  busy(busy: boolean): void;
  /** A trained adapter is in use. */
  trained(adapter: AdapterReport): void;
}

/** The panel that trains on lines and shows how it goes. */
export class TrainPanel {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #events: TrainEvents;
  readonly #lines = byId("lines", HTMLTextAreaElement);
  readonly #train = byId("train", HTMLButtonElement);
  readonly #stop = byId("stop", HTMLButtonElement);
  readonly #progress = byId("progress", HTMLProgressElement);
  readonly #status = byId("train-status", HTMLElement);
  #task: TaskName | undefined;
  #losses: Point[] = [];
  #curves: Point[][] = [];

  constructor(api: Comlink.Remote<PlaygroundApi>, events: TrainEvents) {
    this.#api = api;
    this.#events = events;
    this.#train.addEventListener("click", () => void this.#run());
    this.#stop.addEventListener("click", () => void this.#api.stop());
    this.#draw();
  }

  /** Takes no order until the next {@link TrainPanel.show}: another model is being loaded. */
  wait(): void {
    this.#train.disabled = true;
  }

  /** Is about a task from now on: shows the lines that come with the page, unless it was about that task before. */
  async show(task: TaskName): Promise<void> {
    if (this.#task !== task) {
      this.#task = task;
      byId("lines-label", HTMLElement).textContent = forms[task];
      this.#lines.value = await this.#api.lines(task);
    }
    this.#train.disabled = false;
  }

  async #run(): Promise<void> {
    const task = this.#task;
    if (task === undefined) return;
    const [steps, rate] = [byId("steps", HTMLInputElement), byId("rate", HTMLInputElement)];
    if (![steps, rate].every((input) => input.reportValidity())) return;
    this.#losses = [];
    this.#curves = [];
    this.#draw();
    this.#status.textContent = "Reading the lines …";
    this.#setBusy(true);
    const settings = { steps: steps.valueAsNumber, learningRate: rate.valueAsNumber };
    const report = Comlink.proxy((news: TrainReport) => this.#report(news));
    try {
      const { step, stopped, adapter } = await this.#api.train(task, this.#lines.value, settings, report);
      const end = `${stopped ? "Stopped" : "Done"} after ${countSteps(step)}`;
      this.#status.textContent = `${end}. The adapter is in use now: try it, or download it.`;
      this.#events.trained(adapter);
    } catch (error) {
      this.#status.textContent = `Training failed: ${messageOf(error)}`;
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy: boolean): void {
    this.#train.disabled = busy;
    this.#stop.disabled = !busy;
    this.#events.busy(busy);
  }

  #report(news: TrainReport): void {
    if (news.type === "data") {
      this.#status.textContent = `Training on ${news.training} lines; ${news.held} are held back.`;
      return;
    }
    if (news.type === "step") {
      this.#progress.max = news.steps;
      this.#progress.value = news.step;
      this.#losses.push([news.step, news.loss]);
    } else {
      this.#curves.push(news.losses.map((loss, index): Point => [index + 1, loss]));
      this.#showTable(news.losses);
    }
    this.#draw();
  }

  #draw(): void {
    const last = this.#losses.at(-1)?.[1].toFixed(2);
    const loss = last === undefined ? "No steps yet" : `Loss over steps; the last is ${last}`;
    const curve = this.#curves.length === 0 ? "No curve yet" : "Loss over rank; the table below has the numbers";
    byId("loss-chart", HTMLElement).replaceChildren(
      drawLineChart({ label: loss, axis: "step", series: [this.#losses] }),
    );
    byId("curve-chart", HTMLElement).replaceChildren(
      drawLineChart({ label: curve, axis: "rank", series: this.#curves, dots: true }),
    );
  }

  #showTable(losses: readonly number[]): void {
    const table = byId("curve-table", HTMLTableElement);
    table.hidden = false;
    const cells = losses.map((loss) => make("td", {}, loss.toFixed(3)));
    const heads = losses.map((_, index) => make("th", { scope: "col" }, String(index + 1)));
    table.tHead?.rows[0]?.replaceChildren(make("th", { scope: "row" }, "Rank"), ...heads);
    table.tBodies[0]?.rows[0]?.replaceChildren(make("th", { scope: "row" }, "Loss"), ...cells);
  }
}
