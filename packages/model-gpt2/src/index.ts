export { type CausalTrainingInputs, causalInputs, type TokenLabelledBatch } from "./causal-inputs.ts";
export { type Gpt2Config, parseGpt2Config } from "./config.ts";
export { type CausalInputs, type Gpt2, type Gpt2Cache, type LoadGpt2Options, loadGpt2 } from "./gpt2.ts";
