import { seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { addonOf, indicesOf, numbersOf, placeOf, runKernel, shapes } from "../fixtures/kernel-runs.ts";
import { nativeTests } from "../fixtures/native-tests.ts";
import { binary, binaryNames, softmax, unary, unaryNames } from "./elementwise-kernels.ts";
import { smallest } from "./kernel-replacement.ts";

const check = nativeTests({ threads: 2 });

const pairFunctions: Readonly<Record<(typeof binaryNames)[number], (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
  SquaredDifference: (a, b) => (a - b) * (a - b),
};

/** Which dimensions an operand has one index of. */
const singles = fc.array(
  fc.nat(3).map((pick) => pick === 0),
  { minLength: 6, maxLength: 6 },
);

/** Two shapes that tfjs repeats to a common one. */
const pairs = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    a: fc.tuple(singles, fc.nat(6)),
    b: fc.tuple(singles, fc.nat(6)),
  }),
);
const cut = (shape: readonly number[], [single, missing]: [boolean[], number]): number[] =>
  shape.map((size, dim) => (single[dim] ? 1 : size)).slice(Math.min(missing, shape.length) % 3);

describe("functions of two tensors are tfjs's, bit for bit, however they are repeated", () => {
  for (const [kind, name] of binaryNames.entries()) {
    check(name, () => {
      let ours = 0;
      fc.assert(
        fc.property(pairs, (given) => {
          const [shapeA, shapeB] = [cut(given.shape, given.a), cut(given.shape, given.b)];
          const [left, right] = [numbersOf(shapeA, `${name}/a`), numbersOf(shapeB, `${name}/b`)];
          tf.tidy(() => {
            const inputs = { a: tf.tensor(left, shapeA), b: tf.tensor(right, shapeB) };
            const found = runKernel(name, binary(kind), inputs);
            const theirs = runKernel(name, undefined, inputs);
            expect([found.shape, found.dtype]).toEqual([theirs.shape, theirs.dtype]);
            expect(found.values).toEqual(theirs.values);
            const at = (indices: readonly number[], shape: readonly number[]) =>
              placeOf(
                indices.slice(indices.length - shape.length).map((index, dim) => (shape[dim] === 1 ? 0 : index)),
                shape,
              );
            for (let i = 0; i < found.values.length; i += 97) {
              const indices = indicesOf(i, found.shape);
              const [p, q] = [left[at(indices, shapeA)] as number, right[at(indices, shapeB)] as number];
              expect(found.values[i]).toBe(Math.fround(pairFunctions[name](p, q)));
            }
            if (!found.fellBack) ours++;
            expect(found.fellBack).toBe(found.values.length < smallest);
          });
        }),
        { numRuns: 80, seed: 1 },
      );
      expect(ours).toBeGreaterThan(20);
    });
  }

  check("the same tensor twice", () => {
    const x = tf.tensor(numbersOf([40, 40], "twice"), [40, 40]);
    const found = runKernel("Multiply", binary(binaryNames.indexOf("Multiply")), { a: x, b: x });
    expect(found.values).toEqual(runKernel("Multiply", undefined, { a: x, b: x }).values);
  });

  check("operands are as they were", () => {
    const values = numbersOf([64, 32], "kept");
    const [a, b] = [tf.tensor(values, [64, 32]), tf.tensor(numbersOf([32], "row"), [32])];
    const y = tf.add(a, b);
    const z = tf.add(y, b);
    expect(a.dataSync()).toEqual(values);
    expect(y.dataSync()).toEqual(runKernel("Add", undefined, { a, b }).values);
    expect(z.dataSync()).toEqual(runKernel("Add", undefined, { a: y, b }).values);
  });

  check("shapes that do not fit are refused as tfjs refuses them", () => {
    const inputs = { a: tf.ones([40, 30]), b: tf.ones([40, 29]) };
    const messageOf = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing was thrown";
    };
    expect(messageOf(() => runKernel("Add", binary(0), inputs))).toBe(
      messageOf(() => runKernel("Add", undefined, inputs)),
    );
    expect(() => runKernel("Add", binary(0), inputs)).toThrow("could not be broadcast");
  });
});

const functions: Readonly<Record<(typeof unaryNames)[number], (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Exp: Math.exp,
  Log: Math.log,
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Relu: (x) => Math.max(0, x),
  // 7.1.26 of Abramowitz and Stegun, whose own error is up to 1.5e-7; below, ours is compared with tfjs's.
  Erf: (x) => {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return Math.sign(x) * (1 - series * Math.exp(-x * x));
  },
};

/** Numbers of every size: special ones, random ones, and every power of two with its neighbours, of both signs. */
function sweep(): Float32Array {
  const powers = Array.from({ length: 280 }, (_, i) => 2 ** (i - 150)).flatMap((power) => [
    power,
    -power,
    power * (1 + 2 ** -23),
    power * 0.9999999,
    -power * 1.7320508,
  ]);
  return Float32Array.from([...numbersOf([4000], "sweep"), ...seededValues(4000, "wide", 120), ...powers]);
}

/** Units in the last place of float32 between two numbers of it. */
function unitsApart(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const order = (value: number): number => {
    const [bits = 0] = new Int32Array(Float32Array.of(value).buffer);
    return bits < 0 ? -(bits & 0x7fffffff) : bits;
  };
  return Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(order(a) - order(b));
}

describe("functions of one number are float64's, rounded", () => {
  /** The exponential and what comes of it are exact to 1e-12, which can turn a rounding that hangs in the balance: one in a
   * hundred numbers may be off by a unit. */
  const oneUnit: readonly string[] = ["Exp", "Log", "Tanh", "Sigmoid", "Erf"];
  for (const [kind, name] of unaryNames.entries()) {
    check(name, () => {
      const x = sweep();
      const inputs = { x: tf.tensor1d(x) };
      const found = runKernel(name, unary(kind), inputs);
      expect(found.fellBack).toBe(false);
      let off = 0;
      for (const [i, value] of x.entries()) {
        const expected = Math.fround(functions[name](value));
        const units = unitsApart(found.values[i] as number, expected);
        // Erf is 1 less a number near 1: below, what is left of float64 is its last digits.
        if (units > 1 && name === "Erf" && Math.abs((found.values[i] as number) - expected) < 1e-15) continue;
        if (units > 1) throw new Error(`${name}(${value}) is ${found.values[i]} and should be ${expected}`);
        off += units;
      }
      expect(off / x.length).toBeLessThanOrEqual(oneUnit.includes(name) ? 0.01 : 0);
      const theirs = runKernel(name, undefined, inputs);
      const apart = theirs.values.findIndex((value, i) => {
        const own = found.values[i] as number;
        return unitsApart(own, value) > 1 && !(name === "Erf" && Math.abs(own - value) < 1e-15);
      });
      expect(apart, `${name}(${x[apart]}): not what tfjs gives`).toBe(-1);
    });
  }

  check("shapes stay, of any rank", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        tf.tidy(() => {
          const x = tf.tensor(seededValues(tf.util.sizeFromShape(shape), "any"), shape);
          const found = runKernel("Tanh", unary(unaryNames.indexOf("Tanh")), { x });
          expect(found).toMatchObject({ shape, fellBack: found.values.length < smallest });
        });
      }),
      { numRuns: 30, seed: 2 },
    );
  });
});

describe("softmax of rows", () => {
  check("equals float64, and sums to one", () => {
    for (const [rows, columns] of [
      [1, 1024],
      [2, 50_257],
      [300, 7],
      [1024, 1],
    ] as const) {
      const x = seededValues(rows * columns, `softmax/${columns}`, 30);
      const found = runKernel("Softmax", softmax, { logits: tf.tensor2d(x, [rows, columns]) }, { dim: -1 });
      expect(found.fellBack).toBe(false);
      for (let row = 0; row < rows; row++) {
        const line = x.subarray(row * columns, (row + 1) * columns);
        const most = line.reduce((a, b) => Math.max(a, b));
        const total = line.reduce((sum, value) => sum + Math.exp(value - most), 0);
        for (let column = 0; column < columns; column += 1 + (columns >> 8)) {
          const expected = Math.exp((line[column] as number) - most) / total;
          const value = found.values[row * columns + column] as number;
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(1.3e-7 * expected + 1e-44);
        }
      }
    }
  });

  check("rows with NaN or infinity are what tfjs makes of them, the others are not touched by them", () => {
    const rows = 200;
    const columns = 9;
    const x = numbersOf([rows, columns], "softmax/special", 0.1);
    x.fill(Number.NEGATIVE_INFINITY, 0, columns);
    const inputs = { logits: tf.tensor2d(x, [rows, columns]) };
    const found = runKernel("Softmax", softmax, inputs, { dim: 1 });
    const theirs = runKernel("Softmax", undefined, inputs, { dim: 1 });
    expect(found.fellBack).toBe(false);
    const finite = theirs.values.filter((value) => !Number.isNaN(value)).length;
    expect(finite).toBeGreaterThan(columns);
    expect(finite).toBeLessThan(x.length);
    for (const [i, value] of theirs.values.entries()) {
      if (Number.isNaN(value)) expect(found.values[i]).toBeNaN();
      else expect(Math.abs((found.values[i] as number) - value)).toBeLessThanOrEqual(3e-7);
    }
  });

  check("another dimension is refused as tfjs refuses it", () => {
    const inputs = { logits: tf.ones([64, 64]) };
    expect(() => runKernel("Softmax", softmax, inputs, { dim: 0 })).toThrow("not yet supported");
  });
});

describe("what is not float32 goes to tfjs's own loops", () => {
  check("integers, booleans, and integers that were cast", () => {
    const integers = tf.tensor1d(
      Int32Array.from({ length: 2000 }, (_, i) => i - 1000),
      "int32",
    );
    const cast = tf.cast(integers, "float32");
    const floats = tf.ones([2000]);
    for (const [inputs, dtype] of [
      [{ a: integers, b: integers }, "int32"],
      [{ a: cast, b: floats }, "float32"],
      [{ a: floats, b: cast }, "float32"],
    ] as const) {
      const found = runKernel("Sub", binary(1), inputs);
      expect(found).toEqual(runKernel("Sub", undefined, inputs));
      expect([found.dtype, found.fellBack]).toEqual([dtype, true]);
    }
    const found = runKernel("Square", unary(unaryNames.indexOf("Square")), { x: integers });
    expect([found.dtype, found.fellBack]).toEqual(["int32", true]);
  });

  check("empty tensors", () => {
    const empty = tf.zeros([0, 1500]);
    const found = runKernel("Add", binary(0), { a: empty, b: tf.ones([1500]) });
    expect([found.shape, found.values.length]).toEqual([[0, 1500], 0]);
    expect(runKernel("Exp", unary(unaryNames.indexOf("Exp")), { x: empty }).values).toHaveLength(0);
    expect(tf.softmax(tf.zeros([0, 3])).shape).toEqual([0, 3]);
  });
});

describe("the addon refuses what would read or write past an array", () => {
  const [long, short] = [new Float32Array(2000), new Float32Array(1999)];
  const dims = Int32Array.of(2000, 1, 1);
  const refused: readonly (readonly [string, () => void])[] = [
    ["a short first operand", () => addonOf().binary(0, dims, short, long, long)],
    ["a short second operand", () => addonOf().binary(0, dims, long, short, long)],
    ["a short result", () => addonOf().binary(0, dims, long, long, short)],
    ["an unknown function", () => addonOf().binary(binaryNames.length, dims, long, long, long)],
    ["half a dimension", () => addonOf().binary(0, Int32Array.of(2000, 1), long, long, long)],
    ["no dimension", () => addonOf().binary(0, Int32Array.of(), long, long, long)],
    ["a negative stride", () => addonOf().binary(0, Int32Array.of(2000, -1, 1), long, long, long)],
    ["a stride of 2 in the last dimension", () => addonOf().binary(0, Int32Array.of(1000, 2, 1), long, long, short)],
    ["a size of 0", () => addonOf().binary(0, Int32Array.of(0, 1, 1), long, long, long)],
    [
      "sizes beyond all memory",
      () => addonOf().binary(0, Int32Array.of(2 ** 30, 0, 0, 2 ** 30, 0, 0), long, long, long),
    ],
    ["an unknown function of one number", () => addonOf().unary(unaryNames.length, long, long)],
    ["a result of another length", () => addonOf().unary(0, long, short)],
    ["softmax of other sizes", () => addonOf().softmax(2, 1000, long, short)],
    ["softmax of no columns", () => addonOf().softmax(2, 0, long, long)],
  ];
  for (const [what, run] of refused) check(what, () => expect(run).toThrow(TypeError));
});
