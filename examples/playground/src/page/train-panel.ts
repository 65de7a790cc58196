import * as Comlink from "comlink";
import type { Curve, PlaygroundApi, TaskName, TrainedAdapter, TrainReport } from "../api.ts";
import { onPress, setEnabled } from "./button.ts";
import { DataBox } from "./data-box.ts";
import { byId } from "./elements.ts";
import { Notice } from "./notice.ts";
import { counted } from "./texts.ts";
import { drawCourse, type Guess } from "./train-charts.ts";
import { worthAt, worthOf } from "./worth-of.ts";

const IDLE = "Trains a fresh adapter of rank 8. A fifth of the lines is held back to measure it on.";

/** What the panel tells the page. */
export interface TrainEvents {
  /** Training has begun, or is over. */
  busy(busy: boolean): void;
  /** An adapter was trained, and is in use. Gives what the page did with it, for people. */
  trained(trained: TrainedAdapter, name: string): Promise<string>;
}

/** The panel that trains on lines and shows how it goes. */
export class TrainPanel {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #events: TrainEvents;
  readonly #data = new DataBox();
  readonly #train = byId("train", HTMLButtonElement);
  readonly #stop = byId("stop", HTMLButtonElement);
  readonly #progress = byId("progress", HTMLProgressElement);
  readonly #notice = new Notice("train");
  #task: TaskName | undefined;
  #losses: number[] = [];
  #curves: Curve[] = [];
  #guess: Guess | undefined;
  #steps = 1;
  #drawing = false;

  constructor(api: Comlink.Remote<PlaygroundApi>, events: TrainEvents) {
    this.#api = api;
    this.#events = events;
    onPress(this.#train, () => void this.#run());
    onPress(this.#stop, () => {
      void this.#api.stop();
      setEnabled(this.#stop, false);
    });
  }

  /** Takes no order until the next {@link TrainPanel.show}: another adapter is being loaded. */
  wait(): void {
    setEnabled(this.#train, false);
  }

  /** Is about a task from now on: shows the lines that come with the page, unless it was about that task before. */
  async show(task: TaskName): Promise<void> {
    if (this.#task !== task) {
      const lines = await this.#api.lines(task);
      this.#task = task;
      this.#data.show(task, lines);
      this.#begin(1);
      this.#notice.say(IDLE);
    }
    setEnabled(this.#train, true);
  }

  /** Forgets what was trained before. */
  #begin(steps: number): void {
    this.#steps = steps;
    this.#losses = [];
    this.#curves = [];
    this.#guess = undefined;
    this.#progress.max = steps;
    this.#progress.value = 0;
    this.#draw();
  }

  async #run(): Promise<void> {
    const task = this.#task;
    if (task === undefined) return;
    const [steps, rate] = [byId("steps", HTMLInputElement), byId("rate", HTMLInputElement)];
    if (![steps, rate].every((input) => input.reportValidity())) return;
    const read = this.#data.read();
    if (read === undefined) {
      this.#notice.fail("Training has not begun: the lines above cannot be read.");
      return;
    }
    this.#begin(steps.valueAsNumber);
    this.#notice.say("Reading the lines …");
    this.#setBusy(true);
    const settings = { steps: steps.valueAsNumber, learningRate: rate.valueAsNumber };
    const report = Comlink.proxy((news: TrainReport) => this.#report(news));
    try {
      const { step, stopped, problem, trained } = await this.#api.train(task, read.rows, settings, report);
      const end = `${stopped ? "Stopped" : "Done"} after ${counted(step, "step")}.`;
      if (trained === undefined) {
        this.#notice.fail(`${end} ${problem ?? ""} The adapter from before stays in use.`);
        return;
      }
      const curve = this.#curves.at(-1);
      const worth = curve === undefined ? [] : [worthAt(curve, curve.losses.length)];
      const name = ["Trained here", counted(step, "step"), ...worth].join(", ");
      const kept = await this.#events.trained(trained, name);
      this.#notice.say([end, ...(curve === undefined ? [] : [worthOf(curve)]), kept].join(" "));
    } catch (error) {
      this.#notice.fail(error, "Training failed: ");
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy: boolean): void {
    setEnabled(this.#train, !busy);
    setEnabled(this.#stop, busy);
    this.#events.busy(busy);
  }

  #report(news: TrainReport): void {
    if (news.type === "data") {
      const { training, held, cut, maxLength, guess } = news;
      const isCut =
        cut === 0 ? "" : ` ${counted(cut, "line is", "lines are")} longer than ${maxLength} tokens and cut there.`;
      this.#guess = guess;
      this.#notice.say(`Training on ${counted(training, "line")}; ${held} are held back.${isCut}`);
      return;
    }
    if (news.type === "step") {
      this.#progress.value = news.step;
      this.#losses.push(news.loss);
    } else this.#curves.push(news);
    this.#draw();
  }

  /** Draws before the next picture of the screen, however many steps there are until then. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      const course = { steps: this.#steps, losses: this.#losses, curves: this.#curves, guess: this.#guess };
      drawCourse(course, this.#task !== "writing");
    });
  }
}
