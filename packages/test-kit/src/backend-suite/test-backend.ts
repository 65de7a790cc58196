import { DyloraError } from "@dylora/errors";
import {
  type Availability,
  activeBackend,
  type Backend,
  type BackendDescriptor,
  embedding,
  freezeEmbedding,
  freezeMatrix,
  frozenLinear,
  useBackend,
} from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { leakGuard } from "../leak-guard.ts";
import { patience } from "../patience.ts";
import { checkAdamw } from "./adamw-checks.ts";
import { attentionCases } from "./attention-cases.ts";
import { blockCases } from "./block-cases.ts";
import { cachedBlockCases, checkBranchingTexts, checkCachedBlock } from "./cached-block-checks.ts";
import { checkDropoutPlace, dropoutOps } from "./dropout-checks.ts";
import { elementwiseCases } from "./elementwise-cases.ts";
import { linearCases } from "./linear-cases.ts";
import { lossCases } from "./loss-cases.ts";
import { checkGeluExtremes, checkNonFinite, nonFiniteOps } from "./non-finite-checks.ts";
import { checkAgainstReference, checkRepeatable } from "./op-case.ts";
import { checkProducts } from "./product-checks.ts";
import { refusals } from "./refusals.ts";
import { tfjsElementwiseCases } from "./tfjs-elementwise-cases.ts";
import { tfjsReductionCases } from "./tfjs-reduction-cases.ts";
import { checkOwnDifferences, structureCases } from "./tfjs-structure-cases.ts";

/** Settings of {@link testBackend}. */
export interface TestBackendOptions {
  /** Largest error in units of the larger of 1 and the largest expected number; default: the backend's own claim. */
  readonly tolerance?: number;
  /** Tests that this backend is known not to pass, by title, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const opCases = [...linearCases, ...elementwiseCases, ...attentionCases, ...lossCases, ...blockCases];
/** tfjs computes in float32 everywhere, but WebGPU's elementary functions are coarser than a backend's products. */
const tfjsTolerance = 5e-4;
/** What a loss of one's own is written with. */
const tfjsCases = [...tfjsElementwiseCases, ...tfjsReductionCases];

/**
 * Conformance suite of a backend: the descriptor's contract, every fused op and gradient, and every plain tfjs op that has a
 * gradient, against float64 references and finite differences, dropout as a function of its key, refusal of bad input, propagation of NaN, and no
 * leaks. Where the backend cannot run, everything but the contract of `available()` is skipped with its reason.
 *
 * @param name what the report calls the backend
 * @param descriptor makes the descriptor; called once for each start
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { testBackend } from "@dylora/test-kit";
 *
 * testBackend("wasm", () => wasmBackend());
 * ```
 */
export function testBackend(name: string, descriptor: () => BackendDescriptor, options: TestBackendOptions = {}): void {
  describe(`backend ${name}`, () => {
    let availability: Availability;
    let backend: Backend | undefined;
    let tolerance = options.tolerance ?? 0;

    beforeAll(async () => {
      availability = await descriptor().available();
      if (!availability.available) return;
      backend = await useBackend(descriptor());
      tolerance = options.tolerance ?? backend.capabilities.tolerance;
    }, patience);
    afterAll(() => backend?.dispose());

    const check = (title: string, run: (backend: Backend) => void | Promise<void>): void => {
      test(
        title,
        async (context: TestContext) => {
          if (!availability.available) return context.skip(`${availability.reason}; ${availability.remedy}`);
          const reason = options.skip?.[title];
          if (reason !== undefined) return context.skip(reason);
          await run(backend as Backend);
        },
        patience,
      );
    };

    test("the descriptor answers without starting anything", async () => {
      const before: string | null = tf.getBackend();
      const subject = descriptor();
      expect(subject.contract).toBe(1);
      expect(subject.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      const [first, second] = [await subject.available(), await subject.available()];
      expect(second).toEqual(first);
      const words = first.available ? [first.detail] : [first.reason, first.remedy];
      for (const text of words) expect(text.trim()).not.toBe("");
      expect(tf.getBackend()).toBe(before);
    });

    check("init makes it the active backend, with its claims in order", (started) => {
      expect(started.id).toBe(descriptor().id);
      expect(started.tfjsName).not.toContain("_");
      expect(tf.getBackend()).toBe(started.tfjsName);
      expect(activeBackend()).toBe(started);
      expect(started.detail.trim()).not.toBe("");
      const { capabilities } = started;
      expect(typeof capabilities.syncRead).toBe("boolean");
      expect(["float32", "bfloat16"]).toContain(capabilities.precision);
      expect(capabilities.tolerance).toBeGreaterThan(0);
      expect(capabilities.tolerance).toBeLessThan(0.1);
      expect(capabilities.threads).toBeGreaterThanOrEqual(1);
    });

    check("starts may overlap; the backend lives until the last one is disposed", async () => {
      const [first, second] = await Promise.all([descriptor().init(), descriptor().init()]);
      first.dispose();
      first.dispose();
      second.dispose();
      const x = tf.tensor1d([1, 2]);
      expect([...(await x.data())]).toEqual([1, 2]);
      x.dispose();
    });

    check("frozen weights are freed by Symbol.dispose as by dispose", () =>
      leakGuard(() => {
        const weight = freezeMatrix(Float32Array.of(1, 2), { inFeatures: 2, outFeatures: 1, layout: "out-in" });
        const table = freezeEmbedding(Float32Array.of(1, 2), [1, 2], "token");
        tf.tidy(() => void frozenLinear(embedding([0], table), { weight }));
        weight[Symbol.dispose]();
        table[Symbol.dispose]();
        table.dispose();
        weight.dispose();
      }),
    );

    check("matMul and batchMatMul, transposed or not, equal float64", () => checkProducts(tolerance));
    check("adamw: the composed form's bits, stretch by stretch", () => checkAdamw());
    for (const op of opCases) {
      check(`${op.name}: equals float64, gradients equal finite differences`, () =>
        checkAgainstReference(op, tolerance),
      );
    }
    for (const op of opCases) {
      check(`${op.name}: the same bits again, nothing leaks`, () => checkRepeatable(op));
    }
    for (const op of tfjsCases) {
      check(`${op.name}: equals float64, gradients equal finite differences`, () =>
        leakGuard(() => checkAgainstReference(op, tfjsTolerance)),
      );
    }
    for (const op of structureCases) {
      check(`tfjs ${op.name}: gradients equal finite differences of the op`, () => checkOwnDifferences(op));
    }
    for (const text of cachedBlockCases) {
      check(`cachedBlock ${text.name}: equals the whole block in float64`, () => checkCachedBlock(text, tolerance));
    }
    check("cachedBlock on texts that branch equals the whole texts", () => checkBranchingTexts(tolerance));
    for (const op of dropoutOps) {
      for (const probability of [0.1, 0.5]) {
        check(`${op.name}: dropout ${probability} does not depend on micro-batches or padding`, () =>
          checkDropoutPlace(op, probability, tolerance),
        );
      }
    }
    for (const op of nonFiniteOps) {
      check(`${op.name}: NaN and infinity show`, async () => {
        await leakGuard(() => checkNonFinite(op, Number.NaN));
        await leakGuard(() => checkNonFinite(op, Number.POSITIVE_INFINITY));
      });
    }
    for (const form of ["erf", "tanh"] as const) {
      check(`gelu ${form}: NaN and infinity show, the tails are exact`, () => checkGeluExtremes(form));
    }
    for (const { name: what, code, call } of refusals) {
      check(`refuses ${what}`, () =>
        leakGuard(() => {
          let thrown: unknown;
          try {
            tf.tidy(() => {
              call();
            });
          } catch (error) {
            thrown = error;
          }
          expect(DyloraError.isInstance(thrown), `expected a DyloraError, got ${thrown}`).toBe(true);
          const { code: found, name: kind } = thrown as DyloraError;
          expect(found).toBe(code ?? "bad_shape");
          expect(kind).toBe(code === undefined ? "ShapeError" : "ConfigError");
        }),
      );
    }

    check("disposed twice and started again, it computes as before", async (started) => {
      started.dispose();
      started.dispose();
      expect(activeBackend()).toBeUndefined();
      backend = await useBackend(descriptor());
      expect(tf.getBackend()).toBe(backend.tfjsName);
      await checkAgainstReference(blockCases[2] as (typeof blockCases)[number], tolerance);
    });
  });
}
