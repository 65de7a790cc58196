/** A point of a chart. */
export type Point = readonly [x: number, y: number];

/** What a chart shows. */
export interface LineChart {
  /** What is to be seen, for people who do not see it. */
  readonly label: string;
  /** Name of the horizontal axis. */
  readonly axis: string;
  /** Lines, the newest last. */
  readonly series: readonly (readonly Point[])[];
  /** Marks each point of the newest line. */
  readonly dots?: boolean;
}

const [width, height, left, bottom, top] = [320, 180, 40, 30, 10];

function svg(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** Draws lines into an SVG picture. Without points there is only the frame. */
export function drawLineChart({ label, axis, series, dots = false }: LineChart): SVGElement {
  const points = series.flat();
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as [number, number];
  const [x0, x1] = points.length === 0 ? [0, 1] : range(points.map(([x]) => x));
  const [y0, y1] = points.length === 0 ? [0, 1] : range(points.map(([, y]) => y));
  const place = ([x, y]: Point): Point => [
    left + ((x - x0) / (x1 - x0 || 1)) * (width - left - 10),
    height - bottom - ((y - y0) / (y1 - y0 || 1)) * (height - bottom - top),
  ];
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const [low, right] = [height - bottom, width - 10];
  picture.append(svg("path", { class: "axis", fill: "none", d: `M${left} ${top}V${low}H${right}` }));
  if (points.length > 0) {
    for (const y of new Set([y0, y1])) {
      picture.append(svg("text", { x: left - 4, y: place([x0, y])[1] + 4, "text-anchor": "end" }, y.toFixed(2)));
    }
    for (const x of new Set([x0, x1])) {
      picture.append(svg("text", { x: place([x, y0])[0], y: low + 14, "text-anchor": "middle" }, String(x)));
    }
  }
  picture.append(svg("text", { x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, axis));
  series.forEach((line, index) => {
    const newest = index === series.length - 1;
    const at = line.map((point) =>
      place(point)
        .map((value) => value.toFixed(1))
        .join(","),
    );
    picture.append(svg("polyline", { class: newest ? "series" : "series past", points: at.join(" ") }));
    if (!dots || !newest) return;
    for (const [cx, cy] of line.map(place)) picture.append(svg("circle", { cx, cy, r: 3 }));
  });
  return picture;
}
