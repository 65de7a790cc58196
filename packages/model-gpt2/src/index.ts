export { type Gpt2Config, maxLength, parseGpt2Config } from "./config.ts";
export { descriptor } from "./descriptor.ts";
export { type Gpt2, gpt2Weights, type LoadGpt2Options, loadGpt2 } from "./gpt2.ts";
export { decoderSites } from "./sites.ts";
