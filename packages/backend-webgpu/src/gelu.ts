import type { GeluForm } from "@dylora/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import { run } from "./wgsl/program.ts";

/** Abramowitz & Stegun 7.1.26: within 1.5e-7 of erf. */
const erf = `
  fn erfOf(z : f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(z));
    let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let size = 1.0 - series * exp(-z * z);
    return select(size, -size, z < 0.0);
  }
`;

/** tanh of √(2/π) · (x + 0.044715 x³); the built-in one overflows on some drivers. */
const innerTanh = `
  fn innerTanh(x : f32) -> f32 {
    let inner = 0.7978845608028654 * x * (1.0 + 0.044715 * x * x);
    let size = 1.0 - 2.0 / (exp(2.0 * abs(inner)) + 1.0);
    return select(size, -size, inner < 0.0);
  }
`;

const forms: Record<GeluForm, { functions: string; value: string; slope: string }> = {
  erf: {
    functions: erf,
    value: "0.5 * v * (1.0 + erfOf(v * 0.7071067811865476))",
    slope: "0.5 * (1.0 + erfOf(v * 0.7071067811865476)) + v * 0.3989422804014327 * exp(-0.5 * v * v)",
  },
  tanh: {
    functions: innerTanh,
    value: "0.5 * v * (1.0 + innerTanh(v))",
    slope:
      "0.5 * (1.0 + innerTanh(v)) + " +
      "0.5 * v * (1.0 - innerTanh(v) * innerTanh(v)) * 0.7978845608028654 * (1.0 + 0.134145 * v * v)",
  },
};

/** x/2 · (1 + erf(x/√2)), or with its tanh approximation. */
export function gelu<T extends Tensor>(x: T, form: GeluForm): T {
  const { functions, value } = forms[form];
  const source = `
    ${functions}
    fn main(index : i32) {
      if (index < uniforms.threads) {
        let v = x[index];
        result[index] = ${value};
      }
    }`;
  return run<T>({ key: `gelu ${form}`, inputs: { x }, threads: x.size, source }, x.shape);
}

/** dy times the derivative at x. */
export function geluGradient<T extends Tensor>(dy: T, x: T, form: GeluForm): T {
  const { functions, slope } = forms[form];
  const source = `
    ${functions}
    fn main(index : i32) {
      if (index < uniforms.threads) {
        let v = x[index];
        result[index] = dy[index] * (${slope});
      }
    }`;
  return run<T>({ key: `geluGradient ${form}`, inputs: { dy, x }, threads: x.size, source }, x.shape);
}
