import { type AdaptableSite, allTargets, selectTargets } from "@dylora/lora-core";
import { expectAllClose } from "../closeness.ts";
import { bareLogits, difference, logitsOf, type ModelCheck, trainedAdapter } from "./subject.ts";

function fail(problem: string): never {
  throw new Error(problem);
}

function checkSite({ path, inFeatures, outFeatures, layout, parts = [] }: AdaptableSite): void {
  if (!/^[^.\s]+(\.[^.\s]+)*$/.test(path)) fail(`"${path}" is not a dotted module path`);
  for (const size of [inFeatures, outFeatures]) {
    if (!Number.isInteger(size) || size < 1) fail(`${path} has a layer of ${inFeatures} to ${outFeatures} features`);
  }
  if (layout !== "out-in" && layout !== "in-out") fail(`${path} has the layout "${layout}"`);
  for (const { name, offset, size } of parts) {
    const inside = Number.isInteger(offset) && Number.isInteger(size) && offset >= 0 && size >= 1;
    if (!inside || offset + size > outFeatures) {
      fail(`part ${name} of ${path} is ${size} features from ${offset}, outside its ${outFeatures}`);
    }
  }
}

/** What a model says of itself, and whether it keeps its word. */
export const declarationChecks: readonly ModelCheck[] = [
  {
    title: "its sites are layers with paths of their own, its default targets are among them",
    run({ model }) {
      if (model.architecture.trim() === "") fail("the architecture has no name");
      for (const site of model.sites) checkSite(site);
      const paths = allTargets(model.sites).map(({ path }) => path);
      const twice = paths.find((path, index) => paths.indexOf(path) !== index);
      if (twice !== undefined) fail(`two targets are called ${twice}`);
      if (selectTargets(model.sites, model.defaultTargets).length === 0) fail("the default targets name no site");
    },
  },
  {
    title: "its head lists parameters with as many finite numbers as their shapes hold",
    run({ model }) {
      const names = new Set(model.head.map(({ name }) => name));
      if (names.size !== model.head.length) fail("two parameters of the head have one name");
      for (const { name, shape, values } of model.head) {
        const size = shape.reduce((product, dimension) => product * dimension, 1);
        if (values.length !== size) fail(`${name} holds ${values.length} numbers but its shape is [${shape}]`);
        if (!values.every(Number.isFinite)) fail(`${name} is not finite`);
      }
    },
  },
  {
    title: "it gives finite logits, rows for each example",
    async run(subject) {
      const { shape, values } = await bareLogits(subject);
      if (!values.every(Number.isFinite)) fail("the logits are not finite");
      if (shape[0] % subject.inputs.size !== 0) fail(`${shape[0]} rows for ${subject.inputs.size} examples`);
    },
  },
  {
    title: "a pair on any single target, whole or part, changes the logits",
    async run(subject) {
      const base = await bareLogits(subject);
      for (const { path } of allTargets(subject.model.sites)) {
        const adapter = trainedAdapter(subject.model, { targets: [path] }, path, 1);
        const own = adapter.pairs.filter(({ target }) => target.path === path);
        if (own.length !== 1 || adapter.pairs.length !== 1)
          fail(`naming ${path} chose ${adapter.pairs.length} targets`);
        const changed = difference(await logitsOf(subject, adapter), base);
        if (!(changed > subject.tolerance)) fail(`a pair on ${path} changes no logit (by ${changed})`);
      }
    },
  },
  {
    title: "a parameter of the head changes the logits",
    async run(subject) {
      const base = await bareLogits(subject);
      for (const { name } of subject.model.head) {
        const adapter = trainedAdapter(subject.model, {}, "head", 0);
        const values = adapter.parameters.get(name);
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + 0.5 + (i % 3);
        const changed = difference(await logitsOf(subject, adapter), base);
        if (!(changed > subject.tolerance)) fail(`the head's ${name} changes no logit (by ${changed})`);
      }
    },
  },
  {
    title: "a fresh adapter (B = 0) changes nothing, and switched off neither does a trained one",
    async run(subject) {
      const base = await bareLogits(subject);
      const { tolerance } = subject;
      const fresh = await logitsOf(subject, { rank: 4, targets: "all-linear" });
      expectAllClose(fresh.values, base.values, { tolerance, what: "fresh adapter", shape: base.shape });
      const off = await logitsOf(subject, trainedAdapter(subject.model), { view: "base" });
      expectAllClose(off.values, base.values, { tolerance, what: "adapter off", shape: base.shape });
    },
  },
];
