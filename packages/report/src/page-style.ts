/** The report's style sheet. Text keeps a contrast of 4.5 to its background, curves one of 3, in light and in dark. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --raised: #f3f3ef; --ink: #1c1d20; --muted: #595b61; --grid: #dededa; --accent: #0b5cad; --pick: #e6f0fa;
  --series-1: #0072b2; --series-2: #c75300; --series-3: #007a59; --series-4: #a8518a; --series-5: #8a6100; --series-6: #3b7fa6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --raised: #20232a; --ink: #e8e9ec; --muted: #a6a9b1; --grid: #363a43; --accent: #8cc2ff; --pick: #1d3146;
    --series-1: #5fb2f2; --series-2: #ff9c5a; --series-3: #45c99d; --series-4: #e29bd0; --series-5: #dfbb55; --series-6: #93cfee;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 54rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: break-word;
}
h1 { margin: 0 0 .8rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 3rem 0 1rem; padding-top: 1rem; border-top: 1px solid var(--grid); font-size: 1.3rem; line-height: 1.3; }
h3 { margin: 1.8rem 0 .4rem; font-size: 1.05rem; }
p { margin: 0 0 1rem; }
.kicker { margin-bottom: .3rem; color: var(--muted); font-size: .85rem; letter-spacing: .04em; }
.lead { font-size: 1.12rem; font-weight: 600; }
.warning { padding: .6rem .9rem; border-left: .25rem solid currentColor; background: var(--raised); }
p, figcaption { max-width: 46rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.6rem 0 0; }
.facts div { padding: .75rem .9rem; border-radius: .5rem; background: var(--raised); }
.facts dt { color: var(--muted); font-size: .82rem; }
.facts dd { margin: 0; font-size: 1.45rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.facts small { display: block; color: var(--muted); font-size: .82rem; font-weight: 400; }
figure { margin: 0 0 1.6rem; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure .narrow { display: none; }
figcaption { margin-top: .6rem; color: var(--muted); font-size: .88rem; }
.scroll { margin: 0 0 1.6rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { padding: 0 0 .5rem; color: var(--muted); font-size: .88rem; text-align: left; }
caption span { display: inline-block; max-width: min(46rem, calc(100vw - 2rem)); }
th, td { padding: .38rem .7rem; text-align: right; white-space: nowrap; }
thead th { white-space: normal; border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
thead tr:not(:last-child) th[colspan] { border-bottom-color: var(--grid); text-align: center; }
tbody tr + tr > * { border-top: 1px solid var(--grid); }
tbody th, thead th:first-child { text-align: left; font-weight: 600; }
.prose { text-align: left; white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
.class { min-width: 4.5rem; overflow-wrap: break-word; }
.shade-1 { background: color-mix(in srgb, var(--accent) 7%, transparent); }
.shade-2 { background: color-mix(in srgb, var(--accent) 15%, transparent); }
.shade-3 { background: color-mix(in srgb, var(--accent) 24%, transparent); }
.shade-4 { background: color-mix(in srgb, var(--accent) 34%, transparent); }
.interval { color: var(--muted); }
.picked > * { background: var(--pick); color: var(--ink); }
.badge { margin-left: .35rem; padding: .05rem .45rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .74rem; font-weight: 500; color: var(--muted); }
.pick { color: var(--accent); }
.path, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
pre { margin: 0 0 1.2rem; padding: .8rem 1rem; overflow-x: auto; border-radius: .5rem; background: var(--raised); line-height: 1.5; }
pre code { font-size: .86rem; overflow-wrap: normal; }
.code { position: relative; }
.code button { position: absolute; top: .45rem; right: .45rem; padding: .15rem .6rem; border: 1px solid var(--muted); border-radius: .4rem; background: var(--paper); color: var(--ink); font: inherit; font-size: .8rem; cursor: pointer; }
.code pre { padding-right: 5.5rem; }
.shell { white-space: pre-wrap; }
.shell span { white-space: nowrap; }
summary { cursor: pointer; margin-bottom: 1rem; color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--grid); color: var(--muted); font-size: .85rem; }
@media (max-width: 36rem) {
  body { padding: 1.5rem 1rem 3rem; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  th, td { padding: .38rem .5rem; }
  .prose:not(.class) { min-width: 9.5rem; }
}
@media print {
  :root {
    --paper: #fff; --raised: #f4f4f4; --ink: #000; --muted: #444; --grid: #ccc; --accent: #000; --pick: #eee;
    --series-1: #0072b2; --series-2: #c75300; --series-3: #007a59; --series-4: #a8518a; --series-5: #8a6100; --series-6: #3b7fa6;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .code button { display: none; }
  figure, tr, pre { break-inside: avoid; }
  figure svg { width: auto; max-height: 11cm; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: .2rem .35rem; }
  thead, caption { break-after: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
