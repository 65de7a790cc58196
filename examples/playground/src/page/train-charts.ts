import type { Curve } from "../api.ts";
import { byId, make } from "./elements.ts";
import { drawLineChart, type Look, type Point, type Series } from "./line-chart.ts";
import { runningMean } from "./running-mean.ts";
import { scaleFromZero, wholeScale } from "./scale.ts";
import { counted } from "./texts.ts";

/** Steps that the loss drawn as a line is a mean of: a step alone says little, its rank being random. */
const WINDOW = 10;

const past: readonly Look[] = ["past-1", "past-2", "past-3"];

/** What guessing is worth: it is drawn to compare with. */
export interface Guess {
  readonly loss: number;
  readonly accuracy: number;
}

/** All that is known of a training. */
export interface Course {
  /** Steps that are to be taken. */
  readonly steps: number;
  /** Loss of each step taken. */
  readonly losses: readonly number[];
  /** What the ranks were worth, the newest last. */
  readonly curves: readonly Curve[];
  /** Undefined where the task is to write. */
  readonly guess: Guess | undefined;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const asPoints = (values: readonly number[]): Point[] => values.map((value, index) => [index + 1, value]);
const level = (name: string, value: number | undefined, end: number): Series[] =>
  value === undefined ? [] : [{ name, look: "reference", points: [[1, value], [end, value]] }]; // biome-ignore format: short

function curveSeries(curves: readonly Curve[], pick: (curve: Curve) => readonly number[]): Series[] {
  return curves.slice(-1 - past.length).map((curve, index, shown) => {
    const age = shown.length - 1 - index;
    const look: Look = age === 0 ? "newest" : (past[age - 1] as Look);
    return { name: `after ${counted(curve.step, "step")}`, look, points: asPoints(pick(curve)), dots: age === 0 };
  });
}

const valuesOf = (series: readonly Series[]): number[] => series.flatMap(({ points }) => points.map(([, y]) => y));
const showLoss = (top: number) => (value: number) => value.toFixed(top < 1 ? 2 : top < 10 ? 1 : 0);

function showIn(id: string, chart: Parameters<typeof drawLineChart>[0]): void {
  byId(id, HTMLElement).replaceChildren(...drawLineChart(chart));
}

function drawLosses({ steps, losses, guess }: Course): void {
  const end = Math.max(2, steps);
  const series: Series[] = [
    { name: "one step, at a rank drawn at random", look: "points", points: asPoints(losses) },
    { name: `mean of ${WINDOW} steps`, look: "newest", points: asPoints(runningMean(losses, WINDOW)) },
    ...(losses.length === 0 ? [] : level("guessing", guess?.loss, end)),
  ];
  const y = scaleFromZero(valuesOf(series));
  const last = losses.at(-1)?.toFixed(2);
  const label = last === undefined ? "No steps yet." : `Loss over steps. The last is ${last}.`;
  showIn("loss-chart", { label, axis: "step", x: wholeScale(1, end, 5), y, showY: showLoss(y.to), series });
}

function drawCurves({ curves, guess }: Course): void {
  const newest = curves.at(-1);
  const end = newest?.losses.length ?? 8;
  const x = wholeScale(1, end);
  const label = newest === undefined ? "Nothing is measured yet." : "By rank; the table below has the numbers.";
  const losses = [
    ...(newest === undefined ? [] : level("guessing", guess?.loss, end)),
    ...curveSeries(curves, (curve) => curve.losses),
  ];
  const y = scaleFromZero(valuesOf(losses));
  showIn("curve-chart", { label, axis: "rank", x, y, showY: showLoss(y.to), series: losses });
  const accuracies = [
    ...(newest === undefined ? [] : level("always the commonest class", guess?.accuracy, end)),
    ...curveSeries(curves, (curve) => curve.accuracies),
  ];
  const whole = { from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
  showIn("accuracy-chart", { label, axis: "rank", x, y: whole, showY: percent, series: accuracies });
}

function showTable({ curves }: Course): void {
  const place = byId("curve-table", HTMLElement);
  const curve = curves.at(-1);
  place.hidden = curve === undefined;
  if (curve === undefined) return;
  const { losses, accuracies, step } = curve;
  const hasClasses = accuracies.length > 0;
  const heads = ["Rank", "Loss", ...(hasClasses ? ["Accuracy"] : [])];
  const rows = losses.map((loss, index) => {
    const accuracy = hasClasses ? [make("td", {}, percent(accuracies[index] ?? Number.NaN))] : [];
    const head = make("th", { scope: "row" }, String(index + 1));
    return make("tr", {}, head, make("td", {}, loss.toFixed(3)), ...accuracy);
  });
  const top = make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)));
  const caption = make("caption", {}, `On held-back lines, after ${counted(step, "step")}`);
  place.replaceChildren(make("table", { class: "ranks" }, caption, make("thead", {}, top), make("tbody", {}, ...rows)));
}

/** Draws a training into the page's charts and its table. */
export function drawCourse(course: Course, hasClasses: boolean): void {
  byId("accuracy-figure", HTMLElement).hidden = !hasClasses;
  drawLosses(course);
  drawCurves(course);
  showTable(course);
}
