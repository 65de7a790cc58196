import type { DropoutKey, Gate } from "@dylora/tensor";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { f32, i32, lanes, run } from "./program.ts";
import { dropoutMask } from "./random.ts";
import { groupNumber } from "./workgroup.ts";

/** Lanes that share a row's sum, rows that a lane works on at once, and rows of a workgroup. */
const team = 16;
const rowsOfLane = 4;
const rowsOfGroup = (lanes / team) * rowsOfLane;
/** Rows that a workgroup adds up before another goes on: the sums of all are added in a second pass. */
const rowsOfSum = 128;

/** Ranks held in registers at a time: a multiple of 4 up to 8. */
const ranksAtOnce = (rank: number): number => (rank <= 4 ? 4 : 8);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const each = (count: number, line: (i: number) => string): string => upTo(count).map(line).join("\n");

function gateOf(gate: Gate): { key: string; inputs: Record<string, Tensor>; scale: number; value: string } {
  if (typeof gate === "number") return { key: "", inputs: {}, scale: gate, value: "uniforms.scale" };
  return gate.shape.length === 1
    ? { key: " gate", inputs: { gate }, scale: 1, value: "gate[rank]" }
    : { key: " gates", inputs: { gate }, scale: 1, value: "gate[row / uniforms.length * uniforms.ranks + rank]" };
}

/** ((x ∘ mask) · Mᵀ) ∘ g, `[rows, r]`: x is read once for every 8 ranks, and no masked copy of it is made. */
export function intoRanks(
  x: Tensor2D,
  matrix: Tensor2D,
  gate: Gate,
  examples: number,
  dropout: DropoutKey | undefined,
): Tensor2D {
  const [rows, features] = x.shape;
  const [ranks] = matrix.shape;
  const held = ranksAtOnce(ranks);
  const vectors = upTo(held / 4);
  const mask = dropoutMask(dropout, rowsOfGroup);
  const { key, inputs, scale, value } = gateOf(gate);
  const groups = Math.ceil(rows / rowsOfGroup);
  const weights = (v: number): string =>
    `vec4<f32>(${upTo(4).map((k) => `matrix[min(first + ${4 * v + k}, last) * uniforms.features + c]`)})`;
  return run<Tensor2D>(
    {
      key: `intoRanks ${held}${key}${mask.key}`,
      inputs: { x, matrix, ...inputs },
      uniforms: {
        ...{ rows: i32(rows), features: i32(features), ranks: i32(ranks), length: i32(rows / examples) },
        ...{ scale: f32(scale), ...mask.uniforms },
      },
      threads: groups * lanes,
      source: `
        ${groupNumber}
        ${mask.source}
        var<workgroup> sums : array<array<f32, ${team}>, ${rowsOfGroup * held}>;
        fn main(index : i32) {
          let lane = index % ${lanes};
          let part = lane % ${team};
          let firstRow = groupNumber() * ${rowsOfGroup};
          ${mask.prepare}
          let own = lane / ${team} * ${rowsOfLane};
          let last = uniforms.ranks - 1;
          ${each(rowsOfLane, (i) => `let row${i} = min(firstRow + own + ${i}, uniforms.rows - 1);`)}
          for (var first = 0; first < uniforms.ranks; first += ${held}) {
            ${each(rowsOfLane, (i) => vectors.map((v) => `var sum${i}_${v} = vec4<f32>(0.0);`).join(" "))}
            for (var c = part; c < uniforms.features; c += ${team}) {
              ${vectors.map((v) => `let m${v} = ${weights(v)};`).join("\n")}
              ${each(
                rowsOfLane,
                (i) => `
                  let x${i} = x[row${i} * uniforms.features + c]${mask.factor(`own + ${i}`, "c")};
                  ${vectors.map((v) => `sum${i}_${v} += x${i} * m${v};`).join(" ")}`,
              )}
            }
            ${each(rowsOfLane, (i) =>
              upTo(held)
                .map((k) => `sums[(own + ${i}) * ${held} + ${k}][part] = sum${i}_${k >> 2}[${k & 3}];`)
                .join("\n"),
            )}
            workgroupBarrier();
            for (var i = lane; i < ${rowsOfGroup * held}; i += ${lanes}) {
              let row = firstRow + i / ${held};
              let rank = first + i % ${held};
              if (row < uniforms.rows && rank < uniforms.ranks) {
                var sum = 0.0;
                for (var p = 0; p < ${team}; p++) { sum += sums[i][p]; }
                result[row * uniforms.ranks + rank] = sum * ${value};
              }
            }
            workgroupBarrier();
          }
        }`,
    },
    [rows, ranks],
  );
}

/** base + (u · M) ∘ mask, `[rows, features]`: the sum takes no program of its own. */
export function outOfRanks(
  u: Tensor2D,
  matrix: Tensor2D,
  base: Tensor2D,
  examples: number,
  dropout: DropoutKey | undefined,
): Tensor2D {
  const [rows, ranks] = u.shape;
  const features = matrix.shape[1];
  const height = 8;
  const mask = dropoutMask(dropout, height);
  const columns = Math.ceil(features / lanes);
  return run<Tensor2D>(
    {
      key: `outOfRanks${mask.key}`,
      inputs: { u, matrix, base },
      uniforms: {
        ...{ rows: i32(rows), features: i32(features), ranks: i32(ranks), length: i32(rows / examples) },
        ...{ columns: i32(columns), ...mask.uniforms },
      },
      threads: Math.ceil(rows / height) * columns * lanes,
      source: `
        ${groupNumber}
        ${mask.source}
        fn main(index : i32) {
          let group = groupNumber();
          let column = group % uniforms.columns * ${lanes} + index % ${lanes};
          let firstRow = group / uniforms.columns * ${height};
          ${mask.prepare}
          let c = min(column, uniforms.features - 1);
          ${each(height, (i) => `let at${i} = min(firstRow + ${i}, uniforms.rows - 1) * uniforms.ranks;`)}
          ${each(height, (i) => `var sum${i} = 0.0;`)}
          for (var k = 0; k < uniforms.ranks; k++) {
            let m = matrix[k * uniforms.features + c];
            ${each(height, (i) => `sum${i} += u[at${i} + k] * m;`)}
          }
          ${each(
            height,
            (i) => `
              if (column < uniforms.features && firstRow + ${i} < uniforms.rows) {
                let at = (firstRow + ${i}) * uniforms.features + column;
                result[at] = base[at] + sum${i}${mask.factor(String(i), "column")};
              }`,
          )}
        }`,
    },
    [rows, features],
  );
}

/** uᵀ · (x ∘ mask), `[r, features]`: each workgroup adds up a slice of the rows, then the slices are added in order. */
export function overRows(u: Tensor2D, x: Tensor2D, examples: number, dropout: DropoutKey | undefined): Tensor2D {
  const [rows, ranks] = u.shape;
  const features = x.shape[1];
  const held = ranksAtOnce(ranks);
  const mask = dropoutMask(dropout, rowsOfSum);
  const columns = Math.ceil(features / lanes);
  const slices = Math.ceil(rows / rowsOfSum);
  const parts = run<Tensor3D>(
    {
      key: `overRows ${held}${mask.key}`,
      inputs: { u, x },
      uniforms: {
        ...{ rows: i32(rows), features: i32(features), ranks: i32(ranks), length: i32(rows / examples) },
        ...{ columns: i32(columns), ...mask.uniforms },
      },
      threads: slices * columns * lanes,
      source: `
        ${groupNumber}
        ${mask.source}
        fn main(index : i32) {
          let group = groupNumber();
          let column = group % uniforms.columns * ${lanes} + index % ${lanes};
          let slice = group / uniforms.columns;
          let c = min(column, uniforms.features - 1);
          let last = uniforms.ranks - 1;
          let firstRow = slice * ${rowsOfSum};
          ${mask.prepare}
          let end = min(firstRow + ${rowsOfSum}, uniforms.rows);
          for (var first = 0; first < uniforms.ranks; first += ${held}) {
            ${each(held, (k) => `var sum${k} = 0.0; let rank${k} = min(first + ${k}, last);`)}
            for (var row = firstRow; row < end; row++) {
              let value = x[row * uniforms.features + c]${mask.factor("row - firstRow", "c")};
              ${each(held, (k) => `sum${k} += u[row * uniforms.ranks + rank${k}] * value;`)}
            }
            ${each(
              held,
              (k) => `
                if (column < uniforms.features && first + ${k} < uniforms.ranks) {
                  result[(slice * uniforms.ranks + first + ${k}) * uniforms.features + column] = sum${k};
                }`,
            )}
          }
        }`,
    },
    [slices, ranks, features],
  );
  return slices === 1 ? tf.reshape(parts, [ranks, features]) : sumOfSlices(parts);
}

function sumOfSlices(parts: Tensor3D): Tensor2D {
  const [slices, ranks, features] = parts.shape;
  return run<Tensor2D>(
    {
      key: "sumOfSlices",
      inputs: { parts },
      uniforms: { slices: i32(slices) },
      threads: ranks * features,
      source: `
        fn main(index : i32) {
          if (index < uniforms.threads) {
            var sum = 0.0;
            for (var slice = 0; slice < uniforms.slices; slice++) { sum += parts[slice * uniforms.threads + index]; }
            result[index] = sum;
          }
        }`,
    },
    [ranks, features],
  );
}
