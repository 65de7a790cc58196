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
