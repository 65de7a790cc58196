import { attentionRows, dropoutMask } from "@dylora/tensor";
import { expectAllClose, expectSameBits, reference, seededValues } from "@dylora/test-kit";
import { describe, expect } from "vitest";
import type { NativeAddon } from "./addon/addon.ts";
import { nativeDropout } from "./dropout.ts";
import { onAddon } from "./fixtures/on-addon.ts";

// More tokens than are worked on at once; the suite of every backend has short sequences alone, for its finite
// differences go through every number.
const length = 203;

interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly size: number;
  readonly causal: boolean;
  /** Tokens at the end of the last example that are padding. */
  readonly padded: number;
  readonly dropout: number;
}

function check(addon: NativeAddon, { batch, heads, size, causal, padded, dropout }: Shape): void {
  const [rows, hidden] = [batch * length, heads * size];
  const visible = Array.from({ length: rows }, (_, row) => row < rows - padded);
  const place = { key: 7, probability: dropout, firstExample: 3 };
  const shape = {
    ...{ batch, length, heads, size, causal },
    mask: padded > 0 ? Float32Array.from(visible, (seen) => (seen ? 0 : -1e9)) : null,
    dropout: dropout > 0 ? nativeDropout(place) : null,
  };
  const options = {
    ...{ batch, length, heads, causal, visible },
    ...(dropout > 0 ? { dropout: dropoutMask(place, batch, attentionRows(heads, length), length) } : {}),
  };
  const expected = (values: ArrayLike<number>): ArrayLike<number> => {
    const packed = reference.matrix(rows, 3 * hidden, values);
    const part = (index: number) => reference.columns(packed, index * hidden, (index + 1) * hidden);
    return reference.attention(part(0), part(1), part(2), options).values;
  };
  const forward = (qkv: Float32Array): Float32Array => {
    const y = new Float32Array(rows * hidden).fill(Number.NaN);
    addon.attention(shape, qkv, y);
    return y;
  };
  const backward = (qkv: Float32Array, dy: Float32Array): Float32Array => {
    const dQkv = new Float32Array(qkv.length).fill(Number.NaN);
    addon.attentionGradient(shape, dy, qkv, dQkv);
    return dQkv;
  };

  const qkv = seededValues(rows * 3 * hidden, "qkv", 2);
  const dy = seededValues(rows * hidden, "dy");
  const y = forward(qkv);
  expectAllClose(y, expected(qkv), { tolerance: 3e-6, what: "attention" });
  const gradient = backward(qkv, dy);
  const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  for (const name of ["first", "second"]) {
    const direction = seededValues(qkv.length, name);
    const along = (step: number): number => {
      const moved = expected(Float64Array.from(qkv, (value, i) => value + step * (direction[i] as number)));
      return dy.reduce((sum, value, i) => sum + value * (moved[i] as number), 0);
    };
    const step = 2 ** -12;
    const slope = (along(step) - along(-step)) / (2 * step);
    const product = gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
    expect(Math.abs(product - slope), `gradient along the ${name} direction`).toBeLessThan(1e-4 * norm);
  }
  expectSameBits(forward(qkv), y, "forward again");
  expectSameBits(backward(qkv, dy), gradient, "gradient again");
}

describe("attention over many tokens equals float64", () => {
  for (const causal of [false, true]) {
    for (const padded of [0, 37]) {
      for (const dropout of [0, 0.1]) {
        const title = `${causal ? "causal" : "both ways"}, ${padded} tokens of padding, dropout ${dropout}`;
        onAddon(title, (addon) => check(addon, { batch: 2, heads: 2, size: 20, causal, padded, dropout }));
      }
    }
  }
});
