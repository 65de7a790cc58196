import { type AdaptableModel, type Adapter, attach, type ForwardOptions } from "@dylora/lora-core";
import type { DropoutKey } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose, expectSameBits } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import { seededValues } from "../seeded-values.ts";
import { logitsOf, type ModelCheck, maxRank, rowsOfExample, type Subject, trainedAdapter } from "./subject.ts";

const training = { seed: 7, step: 3 };

/** The model with every dropout of its own watched, and perhaps switched off. */
function watched<Inputs>(
  model: AdaptableModel<Inputs>,
  watch: (site: string, probability: number) => "keep" | "off",
): AdaptableModel<Inputs> {
  return {
    architecture: model.architecture,
    sites: model.sites,
    defaultTargets: model.defaultTargets,
    head: model.head,
    withDeltas: (deltas) => model.withDeltas(deltas),
    dispose: () => model.dispose(),
    forward: (inputs, context) =>
      model.forward(inputs, {
        adapter: (path) => context.adapter(path),
        parameter: (name) => context.parameter(name),
        dropout(site, probability): DropoutKey | undefined {
          return watch(site, probability) === "keep" ? context.dropout(site, probability) : undefined;
        },
      }),
  };
}

async function lossAt<Inputs>(subject: Subject<Inputs>, adapter: Adapter, options: ForwardOptions): Promise<number> {
  const logits = attach(subject.model, adapter).forward(subject.inputs, options);
  const loss = tf.tidy(() => subject.loss(logits));
  const [value = Number.NaN] = await loss.data();
  tf.dispose([logits, loss]);
  return value;
}

/** Slope of the loss along a direction in the space of all parameters, by five-point differences. */
async function slopeAlong<Inputs>(
  subject: Subject<Inputs>,
  adapter: Adapter,
  direction: Float64Array,
  options: ForwardOptions,
): Promise<number> {
  const { values } = adapter.parameters;
  const start = values.slice();
  const at = async (step: number): Promise<number> => {
    for (let i = 0; i < values.length; i++) values[i] = (start[i] as number) + step * (direction[i] as number);
    return lossAt(subject, adapter, options);
  };
  // An error of fourth order allows a step that is large enough for losses in float32.
  const step = 1e-2;
  const [a, b, c, d] = [await at(-2 * step), await at(-step), await at(step), await at(2 * step)];
  values.set(start);
  return (a - 8 * b + 8 * c - d) / (12 * step);
}

/** Unit directions within the parameters of a kind: any, and one along which the loss surely changes. */
function directionsIn(adapter: Adapter, kind: string, gradients: Float32Array): Float64Array[] {
  const random = new Float64Array(gradients.length);
  for (const entry of adapter.parameters.entries) {
    if (entry.kind === kind) random.set(seededValues(entry.size, `direction/${entry.name}`), entry.offset);
  }
  const steep = random.map((value, i) => Math.abs(value) * (gradients[i] as number));
  return [random, steep].map((direction) => {
    const norm = Math.hypot(...direction);
    return direction.map((value) => value / (norm || 1));
  });
}

async function checkSlope<Inputs>(subject: Subject<Inputs>, adapter: Adapter, options: ForwardOptions): Promise<void> {
  const { gradients } = await attach(subject.model, adapter).gradients(subject.inputs, subject.loss, options);
  for (const kind of new Set(adapter.parameters.entries.map((entry) => entry.kind))) {
    for (const direction of directionsIn(adapter, kind, gradients)) {
      const expected = await slopeAlong(subject, adapter, direction, options);
      const actual = gradients.reduce((sum, slope, i) => sum + slope * (direction[i] as number), 0);
      const bound = 10 * subject.tolerance + 0.01 * Math.abs(expected);
      if (!(Math.abs(actual - expected) <= bound)) {
        throw new Error(`the loss changes by ${expected} along a direction in ${kind}, the gradient says ${actual}`);
      }
    }
  }
}

/** What a model does while training. */
export const trainingChecks: readonly ModelCheck[] = [
  {
    title: "gradients reach the first b ranks of every pair and the whole head, and nothing above b",
    async run({ model, inputs, loss }) {
      const adapter = trainedAdapter(model, { targets: "all-linear" });
      const adapted = attach(model, adapter);
      for (let rank = 1; rank <= maxRank; rank++) {
        const { gradients } = await adapted.gradients(inputs, loss, { view: { rank } });
        if (!gradients.every(Number.isFinite)) throw new Error(`a gradient at rank ${rank} is not finite`);
        for (const { name, kind, shape, offset, size } of adapter.parameters.entries) {
          const own = gradients.subarray(offset, offset + size);
          const columns = shape[1] ?? 1;
          const reached = kind === "full" ? size : rank * columns;
          if (own.subarray(reached).some((value) => value !== 0)) {
            throw new Error(`${name} has a gradient above rank ${rank}`);
          }
          const rows = kind === "full" ? 1 : rank;
          for (let row = 0; row < rows; row++) {
            const part = kind === "full" ? own : own.subarray(row * columns, (row + 1) * columns);
            if (part.every((value) => value === 0))
              throw new Error(`row ${row + 1} of ${name} has no gradient at rank ${rank}`);
          }
        }
      }
    },
  },
  {
    title: "gradients are the slope of the loss, in A, in B and in the head, with dropout and without",
    async run(subject) {
      const adapter = trainedAdapter(subject.model, { targets: "all-linear", dropout: 0.1 });
      const ranks = Array.from({ length: subject.inputs.size }, (_, example) => 1 + (example % maxRank));
      await checkSlope(subject, adapter, {});
      await checkSlope(subject, adapter, { view: { rank: 2 }, training });
      await checkSlope(subject, adapter, { view: { ranks } });
    },
  },
  {
    title: "training changes nothing where nothing is dropped",
    async run(subject) {
      const model = watched(subject.model, () => "off");
      const adapter = trainedAdapter(model);
      const inference = await logitsOf({ ...subject, model }, adapter);
      const trained = await logitsOf({ ...subject, model }, adapter, { training });
      expectSameBits(trained.values, inference.values, "logits while training");
    },
  },
  {
    title: "every dropout has a site of its own, is off outside of training, and depends on its place alone",
    async run(subject) {
      const sites: string[] = [];
      let dropped = false;
      const model = watched(subject.model, (site, probability) => {
        sites.push(site);
        dropped ||= probability > 0;
        return "keep";
      });
      const adapter = trainedAdapter(model, { dropout: 0.5 });
      const run = (options: ForwardOptions) => logitsOf({ ...subject, model }, adapter, options);
      const first = await run({ training });
      const twice = sites.find((site, index) => sites.indexOf(site) !== index);
      if (twice !== undefined) throw new Error(`two dropouts share the site "${twice}"`);
      expectSameBits((await run({ training })).values, first.values, "the same step again");
      const same = (other: { values: Float32Array }) => other.values.every((value, i) => value === first.values[i]);
      if (same(await run({ training: { ...training, step: 4 } }))) throw new Error("another step drops the same");
      if (same(await run({ training: { ...training, seed: 8 } }))) throw new Error("another seed drops the same");
      const inference = await run({});
      if (same(inference)) throw new Error("the adapter's dropout does nothing");
      expectSameBits((await run({})).values, inference.values, "inference again");
      const without = watched(subject.model, () => "off");
      const plain = await logitsOf({ ...subject, model: without }, adapter);
      expectSameBits(plain.values, inference.values, "inference without dropout");
      if (!dropped) return;
      const undropped = trainedAdapter(model);
      const own = await logitsOf({ ...subject, model }, undropped, { training });
      const none = await logitsOf({ ...subject, model: without }, undropped, { training });
      if (own.values.every((value, i) => value === none.values[i])) {
        throw new Error("the model asks for dropout but its logits do not depend on it");
      }
    },
  },
  {
    title: "examples do not see each other: a batch cut in two gives the same logits, in training too",
    async run(subject) {
      const { slice, inputs, tolerance } = subject;
      if (slice === undefined) return;
      const adapter = trainedAdapter(subject.model, { dropout: 0.2 });
      for (const place of [undefined, training]) {
        const at = (first: number): ForwardOptions =>
          place ? { training: { ...place, firstExample: 5 + first } } : {};
        const whole = await logitsOf(subject, adapter, at(0));
        for (let cut = 1; cut < inputs.size; cut++) {
          const pieces = [
            { first: 0, count: cut },
            { first: cut, count: inputs.size - cut },
          ];
          for (const { first, count } of pieces) {
            const logits = await logitsOf({ ...subject, inputs: slice(first, count) }, adapter, at(first));
            for (let example = 0; example < count; example++) {
              const what = `example ${first + example} of a batch cut at ${cut}${place ? ", training" : ""}`;
              const expected = rowsOfExample(whole, first + example, inputs.size);
              expectAllClose(rowsOfExample(logits, example, count), expected, { tolerance, what });
            }
          }
        }
      }
    },
  },
  {
    title: "nothing leaks: forward, gradients, merging, and calls that are refused",
    async run(subject) {
      const { model, inputs, loss } = subject;
      const adapter = trainedAdapter(model, { targets: "all-linear", dropout: 0.1 });
      const adapted = attach(model, adapter);
      const ranks = Array.from({ length: inputs.size }, (_, example) => example % (maxRank + 1));
      // What the model prepares when it is first used stays with the model.
      await adapted.gradients(inputs, loss, { training });
      for (let round = 0; round < 2; round++) {
        await leakGuard(async () => {
          await logitsOf(subject, adapter);
          await logitsOf(subject, adapter, { view: { ranks } });
          await adapted.gradients(inputs, loss, { view: { rank: 1 } });
          await adapted.gradients(inputs, loss, { view: { ranks }, training });
          const merged = await adapted.merged(2);
          merged.forward(inputs).dispose();
          merged.model.dispose();
          merged.model.dispose();
          await adapted.gradients(inputs, loss, { view: { rank: maxRank + 1 } }).then(
            () => Promise.reject(new Error("a rank above the highest was accepted")),
            () => undefined,
          );
        });
      }
    },
  },
];
