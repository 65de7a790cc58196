export { pageTheme, printTheme } from "./chart-theme.ts";
export { costChart } from "./cost-chart.ts";
export { lossChart } from "./loss-chart.ts";
export { metricChart } from "./metric-chart.ts";
export { progressChart } from "./progress-chart.ts";
