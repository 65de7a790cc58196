import type { TopLevelSpec } from "vega-lite";
import type { ChartTheme } from "./chart-theme.ts";
import { printable, wrap } from "./display-width.ts";

/** What stands above a chart. */
export interface ChartHeading {
  /** In large type. */
  readonly title: string;
  /** Smaller text below: sentences, each begins a line. */
  readonly subtitle: readonly string[];
}

/** What every chart takes. */
export interface ChartOptions {
  /** Default `printTheme`. */
  readonly theme?: ChartTheme;
  /** False leaves the heading out, for a page that gives its own. Default true. */
  readonly heading?: boolean;
  /** Width of the plot itself, in pixels. */
  readonly width?: number;
  /** Height of the plot itself, in pixels. */
  readonly height?: number;
}

/** A chart to draw: a Vega-Lite specification without looks. */
export interface ChartPlan {
  /** Data, marks and scales. */
  readonly spec: object;
  /** Heading, drawn when asked for. */
  readonly heading: ChartHeading;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
}

/**
 * Draws a chart as SVG. Vega is loaded at the first call, for it takes most of a second.
 *
 * @returns a whole `<svg>` element with a title and a description, labelled as one image
 */
export async function renderChart(plan: ChartPlan, theme: ChartTheme, heading: boolean): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const spec = { ...plan.spec, background: "transparent", padding: heading ? 16 : 2, config: looks(theme) };
  const view = new vega.View(vega.parse(compile(spec as TopLevelSpec).spec), { renderer: "none" });
  try {
    return framed(await view.toSVG(), plan, theme, heading);
  } finally {
    view.finalize();
  }
}

function looks({ ink, grid, font }: ChartTheme): object {
  return {
    aria: false,
    font,
    view: { stroke: null },
    axis: {
      labelColor: ink,
      titleColor: ink,
      domainColor: ink,
      tickColor: ink,
      gridColor: grid,
      labelFontSize: 12,
      titleFontSize: 13,
      titleFontWeight: "normal",
      titlePadding: 10,
      tickSize: 4,
      labelPadding: 4,
    },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    text: { color: ink, fontSize: 12 },
  };
}

const titleLine = 20;
const subtitleLine = 17;

/**
 * Gives the drawing its background and heading, and makes the whole one labelled image for assistive technology. The
 * heading is not Vega's: without a canvas Vega takes text for half as wide again as it is.
 */
function framed(svg: string, { heading, description }: ChartPlan, theme: ChartTheme, drawn: boolean): string {
  const root = /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"[^>]*>/u.exec(svg);
  if (root === null) throw new Error("vega has drawn no SVG");
  const [width, height] = [Number(root[1]), Number(root[2])];
  // Common sans-serif fonts take 0.53 of their size a character, bold ones 0.56.
  const title = wrap(printable(heading.title), Math.floor((width - 32) / 9));
  const subtitle = heading.subtitle.flatMap((text) => wrap(printable(text), Math.floor((width - 32) / 6.4)));
  const above = drawn ? 12 + titleLine * title.length + subtitleLine * subtitle.length : 0;
  const id = `chart-${hash(heading.title + description + root[0])}`;
  const attributes = [
    'xmlns="http://www.w3.org/2000/svg"',
    `width="${width}" height="${height + above}" viewBox="0 ${-above} ${width} ${height + above}"`,
    `role="img" aria-labelledby="${id}-title ${id}-desc"`,
  ];
  const text = (content: string, y: number, style: string) =>
    `<text x="16" y="${y - above}" font-family="${escapeXml(theme.font)}" ${style}>${escapeXml(content)}</text>`;
  const lines = [
    ...title.map((line, i) =>
      text(line, 12 + titleLine * (i + 1), `font-size="16" font-weight="600" fill="${theme.ink}"`),
    ),
    ...subtitle.map((line, i) =>
      text(line, 13 + titleLine * title.length + subtitleLine * (i + 1), `font-size="12" fill="${theme.muted}"`),
    ),
  ];
  return [
    `<svg ${attributes.join(" ")}>`,
    `<title id="${id}-title">${escapeXml(heading.title)}</title>`,
    `<desc id="${id}-desc">${escapeXml(description)}</desc>`,
    theme.paper === "transparent"
      ? ""
      : `<rect y="${-above}" width="${width}" height="${height + above}" fill="${theme.paper}"/>`,
    ...(drawn ? lines : []),
    svg.slice(root[0].length),
  ].join("");
}

/** Title of an axis in lines that its length holds. Vega would make room around the plot for a longer one. */
export function axisTitle(text: string, length: number): string[] {
  return wrap(printable(text), Math.floor(length / 10.4));
}

/** FNV-1a: names elements of one page apart, the same at every call. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  return (value >>> 0).toString(36);
}

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
