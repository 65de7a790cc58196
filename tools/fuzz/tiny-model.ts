import type { PeftAdapter, PeftLoraConfig } from "../../packages/io/src/index.ts";

const floats = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 8),
});

const sites = [0, 1].flatMap((layer) =>
  ["query", "value"].map((name) => ({
    path: `encoder.layer.${layer}.${name}`,
    inFeatures: 4,
    outFeatures: 3,
    layout: "out-in" as const,
  })),
);

const head = [{ name: "classifier.weight", shape: [2, 4], values: floats(2, 4).data, fresh: true }];

/** What of a model an adapter is checked against. */
export const tinyModel = { sites, defaultTargets: ["query", "value"], head };

/** An adapter that fits the tiny model. */
export function adapter(config: PeftLoraConfig): PeftAdapter & { readonly config: PeftLoraConfig } {
  const pairs = sites.map(({ path }) => {
    const rank = path.includes("layer.1.query") ? 1 : config.r;
    return [path, { A: floats(rank, 4), B: floats(3, rank) }] as const;
  });
  return { config, tensors: new Map(pairs), modulesToSave: new Map([["classifier.weight", floats(2, 4)]]) };
}
