import { make } from "./elements.ts";
import type { Scale } from "./scale.ts";

/** A point of a chart. */
export type Point = readonly [x: number, y: number];

/** How a series is drawn: the one that counts, one before it (1 is the one just before), single points, or what to compare with. */
export type Look = "newest" | "past-1" | "past-2" | "past-3" | "points" | "reference";

/** A series of a chart. */
export interface Series {
  /** What the legend calls it. */
  readonly name: string;
  readonly look: Look;
  readonly points: readonly Point[];
  /** Marks each point. */
  readonly dots?: boolean;
}

/** What a chart shows. */
export interface LineChart {
  /** What is to be seen, for people who do not see it. */
  readonly label: string;
  /** Name of the horizontal axis. */
  readonly axis: string;
  readonly x: Scale;
  readonly y: Scale;
  /** What a value of the vertical axis is called. */
  readonly showY: (value: number) => string;
  /** In the order in which they are drawn. */
  readonly series: readonly Series[];
}

const [width, height, left, right, bottom, top] = [340, 210, 42, 12, 34, 8];

function svg(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** Draws series into an SVG picture. What is no number is left out. */
function picture({ label, axis, x, y, showY, series }: LineChart): SVGElement {
  const [low, end] = [height - bottom, width - right];
  const across = (value: number) => left + ((value - x.from) / (x.to - x.from || 1)) * (end - left);
  const up = (value: number) => low - ((value - y.from) / (y.to - y.from || 1)) * (low - top);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const value of y.ticks) {
    root.append(svg("path", { class: "grid", d: `M${left} ${up(value)}H${end}` }));
    root.append(svg("text", { x: left - 6, y: up(value) + 4, "text-anchor": "end" }, showY(value)));
  }
  for (const value of x.ticks) {
    root.append(svg("path", { class: "axis", d: `M${across(value)} ${low}v4` }));
    root.append(svg("text", { x: across(value), y: low + 16, "text-anchor": "middle" }, String(value)));
  }
  root.append(svg("path", { class: "axis", d: `M${left} ${top}V${low}H${end}` }));
  root.append(svg("text", { x: (left + end) / 2, y: height - 4, "text-anchor": "middle" }, axis));
  for (const { look, points, dots = false } of series) {
    const places = points
      .filter((point) => point.every(Number.isFinite))
      .map(([px, py]): Point => [across(px), up(py)]);
    const draw = look === "points" ? "h0M" : "L";
    const path = places.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join(draw);
    if (path !== "")
      root.append(svg("path", { class: `series ${look}`, d: `M${path}${look === "points" ? "h0" : ""}` }));
    if (!dots) continue;
    for (const [cx, cy] of places) root.append(svg("circle", { cx, cy, r: 3 }));
  }
  return root;
}

/** A chart with its legend. A legend of a single series would only repeat the caption. */
export function drawLineChart(chart: LineChart): Node[] {
  const named = chart.series.filter(({ points }) => points.length > 0);
  if (named.length < 2) return [picture(chart)];
  const entries = named.map(({ name, look }) => {
    const key = svg("svg", { viewBox: "0 0 28 10", class: "key", "aria-hidden": "true" });
    key.append(svg("path", { class: `series ${look}`, d: look === "points" ? "M6 6h0M14 3h0M22 6h0" : "M1 5H27" }));
    return make("li", {}, key, name);
  });
  return [picture(chart), make("ul", { class: "legend" }, ...entries)];
}
