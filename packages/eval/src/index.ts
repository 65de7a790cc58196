export {
  type BootstrapInterval,
  type BootstrapIntervalOptions,
  type BootstrapOptions,
  type BootstrapStatistic,
  bootstrapInterval,
  type PairedBootstrap,
  type PairedBootstrapOptions,
  pairedBootstrap,
} from "./bootstrap.ts";
export { type Metric, meanMetric } from "./metric.ts";
export {
  type CompareSystemsOptions,
  compareSystems,
  type MetricIntervalOptions,
  metricInterval,
} from "./metric-bootstrap.ts";
