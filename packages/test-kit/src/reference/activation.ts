import { erf } from "./erf.ts";

/** x · Φ(x), or its approximation by tanh, of one number (Hendrycks & Gimpel 2016). */
export function gelu(x: number, form: "erf" | "tanh"): number {
  if (form === "erf") return (x / 2) * (1 + erf(x / Math.SQRT2));
  return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
