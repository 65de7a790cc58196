/** `erf`: x · Φ(x), transformers' `gelu`; `tanh`: its tanh approximation, transformers' `gelu_new`. */
export type GeluForm = "erf" | "tanh";
