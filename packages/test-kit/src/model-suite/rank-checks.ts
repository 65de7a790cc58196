import { type Adapter, attach, createAdapter, scaleAt } from "@dylora/lora-core";
import { expectAllClose, expectSameBits } from "../closeness.ts";
import {
  bareLogits,
  difference,
  logitsOf,
  type ModelCheck,
  maxRank,
  rowsOfExample,
  trainedAdapter,
} from "./subject.ts";

const ranks = Array.from({ length: maxRank }, (_, index) => index + 1);

/** A plain LoRA adapter of rank b that holds the first b rows of another. */
function sliced(adapter: Adapter, model: Parameters<typeof createAdapter>[0], rank: number): Adapter {
  const slice = createAdapter(model, { ...adapter.config, rank });
  for (const { name, size } of slice.parameters.entries) {
    slice.parameters.set(name, adapter.parameters.get(name).subarray(0, size));
  }
  return slice;
}

/** What a rank view does to a model. */
export const rankChecks: readonly ModelCheck[] = [
  {
    title: "rank b equals plain LoRA of rank b made from the slice",
    async run(subject) {
      const adapter = trainedAdapter(subject.model, { targets: "all-linear" });
      const seen = [];
      for (const rank of ranks) {
        const view = await logitsOf(subject, adapter, { view: { rank } });
        const plain = await logitsOf(subject, sliced(adapter, subject.model, rank));
        const { tolerance } = subject;
        expectAllClose(view.values, plain.values, { tolerance, what: `rank ${rank}`, shape: view.shape });
        seen.push(view);
      }
      const [first, second] = seen;
      if (first !== undefined && second !== undefined && difference(first, second) === 0) {
        throw new Error("ranks 1 and 2 give the same logits");
      }
    },
  },
  {
    title: "a gate of s(b) on the first b ranks equals rank b",
    async run(subject) {
      const adapter = trainedAdapter(subject.model);
      const { scaling, alpha } = adapter.config;
      for (const rank of ranks) {
        const gate = new Float32Array(maxRank).fill(scaleAt(scaling, rank, alpha), 0, rank);
        const gated = await logitsOf(subject, adapter, { view: { gate } });
        const view = await logitsOf(subject, adapter, { view: { rank } });
        const { tolerance } = subject;
        expectAllClose(gated.values, view.values, { tolerance, what: `gate of rank ${rank}`, shape: view.shape });
      }
    },
  },
  {
    title: "a rank for every example equals one rank at a time; rank 0 is the model alone",
    async run(subject) {
      const adapter = trainedAdapter(subject.model, { targets: "all-linear" });
      const { size } = subject.inputs;
      const single = [
        await bareLogits(subject),
        ...(await Promise.all(ranks.map((rank) => logitsOf(subject, adapter, { view: { rank } })))),
      ];
      for (let shift = 0; shift <= maxRank; shift++) {
        const mixed = Array.from({ length: size }, (_, example) => (example + shift) % (maxRank + 1));
        const logits = await logitsOf(subject, adapter, { view: { ranks: mixed } });
        for (const [example, rank] of mixed.entries()) {
          const expected = rowsOfExample(single[rank] as (typeof single)[number], example, size);
          const what = `example ${example} at rank ${rank}`;
          expectAllClose(rowsOfExample(logits, example, size), expected, { tolerance: subject.tolerance, what });
        }
      }
    },
  },
  {
    title: "merged equals unmerged at every rank, and leaves the model as it was",
    async run(subject) {
      const { model, inputs, tolerance } = subject;
      const before = await bareLogits(subject);
      const targets = [model.defaultTargets, "all-linear"];
      for (const adapter of targets.map((target) => trainedAdapter(model, { targets: target }))) {
        for (const rank of ranks) {
          const expected = await logitsOf(subject, adapter, { view: { rank } });
          const merged = await attach(model, adapter).merged(rank);
          const logits = merged.forward(inputs);
          const values = await logits.data();
          logits.dispose();
          merged.model.dispose();
          expectAllClose(values, expected.values, { tolerance, what: `merged at rank ${rank}`, shape: expected.shape });
        }
      }
      expectSameBits((await bareLogits(subject)).values, before.values, "the model after merging");
    },
  },
  {
    title: "parts merge at their place",
    async run(subject) {
      const { model, inputs, tolerance } = subject;
      const parts = model.sites.flatMap(({ path, parts: own = [] }) => own.map(({ name }) => `${path}.${name}`));
      for (const path of parts) {
        const adapter = trainedAdapter(model, { targets: [path] }, path, 1);
        const expected = await logitsOf(subject, adapter);
        const merged = await attach(model, adapter).merged();
        const logits = merged.forward(inputs);
        const values = await logits.data();
        logits.dispose();
        merged.model.dispose();
        expectAllClose(values, expected.values, { tolerance, what: `merged ${path}`, shape: expected.shape });
      }
    },
  },
  {
    title: "deltas add up: what is merged into a merged model comes on top",
    async run(subject) {
      const { model, inputs, tolerance } = subject;
      const [first, second] = [trainedAdapter(model, {}, "first"), trainedAdapter(model, {}, "second")];
      const once = await attach(model, first).merged(2);
      const twice = await attach(once.model, second).merged(3);
      const both = twice.forward(inputs);
      const stacked = attach(once.model, second).forward(inputs, { view: { rank: 3 } });
      const [a, b] = [await both.data(), await stacked.data()];
      both.dispose();
      stacked.dispose();
      twice.model.dispose();
      once.model.dispose();
      expectAllClose(a, b, { tolerance, what: "second merge" });
    },
  },
  {
    title: "several adapters on one model do not see each other",
    async run(subject) {
      const { model, inputs } = subject;
      const [first, second] = [trainedAdapter(model, {}, "first"), trainedAdapter(model, {}, "second")];
      const alone = await logitsOf(subject, first);
      const [a, b] = [attach(model, first), attach(model, second)];
      const calls = [a.forward(inputs), b.forward(inputs), a.forward(inputs)];
      const values = await Promise.all(calls.map((logits) => logits.data()));
      for (const logits of calls) logits.dispose();
      expectSameBits(values[0] ?? [], alone.values, "before the other adapter");
      expectSameBits(values[2] ?? [], alone.values, "after the other adapter");
    },
  },
];
