import { FormatError } from "@dylora/errors";
import { jsonExcess } from "@dylora/io";
import { z } from "zod";
import type { SweepFile } from "./sweep-file.ts";

const score = z.number().nullable();
const rank = z.int().positive();
const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

const costs = z.object({ dylora: z.number().nonnegative(), search: z.number().nonnegative() });

const point = z
  .object({
    rank,
    parameters: z.object({ lora: count, head: count, total: count }),
    metric: score,
    low: score.optional(),
    high: score.optional(),
    loss: score.optional(),
    seconds,
    trainSeconds: seconds.optional(),
    perSeed: z.array(score).optional(),
    metrics: z.record(z.string(), score).optional(),
  })
  .refine(({ low, high }) => low == null || high == null || low <= high, "low must not be above high");

const curve = z.object({
  name: z.string().min(1),
  kind: z.string().min(1),
  points: z.array(point).min(1).refine(rising, "ranks must rise from point to point"),
  trainSeconds: seconds,
  trainSteps: z.number().nonnegative().optional(),
  trainCpuSeconds: seconds.optional(),
  sweepSeconds: seconds,
  aurac: z.object({ log2: score, linear: score }).optional(),
});

const confusion = z
  .object({ labels: z.array(z.string()), ranks: z.array(z.object({ rank, counts: z.array(z.array(count)) })) })
  .refine(
    ({ labels, ranks }) =>
      ranks.every(({ counts }) => [counts, ...counts].every(({ length }) => length === labels.length)),
    "counts must have a row and a column for each label",
  );

const training = z
  .object({
    step: z.array(count),
    loss: z.array(score),
    rank: z.array(z.number().nullable()).optional(),
    evaluations: z.array(z.object({ step: count, rank, metric: score, loss: score.optional() })).optional(),
  })
  .refine(
    ({ step, loss, rank }) => loss.length === step.length && (rank ?? step).length === step.length,
    "step, loss and rank must be of one length",
  );

const schema: z.ZodType<SweepFile> = z
  .object({
    format: z.literal("dylora-sweep"),
    version: z.literal(1),
    created: z.iso.datetime({ offset: true }),
    command: z.array(z.string()),
    run: z.string().optional(),
    exported: z.string().optional(),
    task: z.object({
      name: z.string(),
      kind: z.string(),
      labels: count.optional(),
      metric: z.object({ name: z.string().min(1), higherIsBetter: z.boolean() }),
      examples: count,
      trainingExamples: count.optional(),
      baseline: z.object({ answer: z.string(), metric: score }).optional(),
    }),
    model: z.object({ architecture: z.string(), base: z.string(), parameters: count }),
    engine: z.object({ name: z.string(), detail: z.string().optional() }),
    versions: z.record(z.string(), z.string()),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    confidence: z.number().gt(0).lt(1),
    curves: z
      .array(curve)
      .min(1)
      .refine((curves) => new Set(curves.map(({ name }) => name)).size === curves.length, "curve names must differ"),
    recommendation: z
      .object({
        rank,
        epsilon: z.number().nonnegative(),
        best: z.object({ rank, metric: z.number() }),
        interval: z.object({ low: z.number(), high: z.number() }).optional(),
      })
      .optional(),
    warnings: z.array(z.string()).optional(),
    verdict: z
      .object({
        ahead: z.enum(["dylora", "lora", "neither"]),
        margin: z.number(),
        ranks: z.array(z.object({ rank, margin: z.number() })),
        perSeed: z.array(z.number()).optional(),
      })
      .optional(),
    cost: z
      .object({
        ...costs.shape,
        ratio: z.number().nonnegative(),
        projected: z.boolean().optional(),
        ranks: count.optional(),
        steps: costs.optional(),
        cpu: costs.optional(),
      })
      .optional(),
    training: training.optional(),
    confusion: confusion.optional(),
    wrongAnswers: z
      .object({
        rank,
        count,
        examples: z.array(z.object({ input: z.string(), expected: z.string(), given: z.string() })),
      })
      .optional(),
    samples: z
      .array(
        z.object({
          input: z.string(),
          references: z.array(z.string()).optional(),
          outputs: z.array(z.object({ rank, text: z.string() })),
        }),
      )
      .optional(),
  })
  .refine(({ recommendation, curves }) => recommendation === undefined || hasRank(curves[0], recommendation.rank), {
    path: ["recommendation", "rank"],
    message: "must be a rank of the first curve",
  });

/**
 * Reads and checks the text of a `sweep.json` or `compare.json`. Members it does not know are dropped.
 *
 * @param path name of the file in messages
 * @throws FormatError `not_json`, `unknown_sweep_version` for a newer format, `bad_sweep_file` naming the member at
 * fault
 */
export function parseSweepFile(text: string, path: string): SweepFile {
  const excess = jsonExcess(text);
  if (excess !== undefined) throw new FormatError("not_json", `${path} ${excess}`, { details: { path } });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError("not_json", `${path} is not JSON: ${(cause as Error).message}`, { cause, details: { path } });
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format === "dylora-sweep" && typeof version === "number" && version > 1) {
    throw new FormatError(
      "unknown_sweep_version",
      `${path} has format version ${version}, this dylora reads version 1; use a newer dylora`,
      { details: { path, version } },
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) => `${place(at)}${message}`);
  throw new FormatError("bad_sweep_file", `${path} is not a sweep of dylora: ${problems.slice(0, 3).join("; ")}`, {
    details: { path, problems },
  });
}

/**
 * The text of a sweep file, checked: what is written can be read. NaN becomes `null`, absent members are left out.
 *
 * @throws FormatError `bad_sweep_file` for what {@link parseSweepFile} would refuse
 */
export function formatSweepFile(sweep: SweepFile): string {
  const text = `${JSON.stringify(sweep, null, 2)}\n`;
  parseSweepFile(text, "the sweep to write");
  return text;
}

function rising(points: readonly { readonly rank: number }[]): boolean {
  return points.every(({ rank }, i) => i === 0 || rank > points[i - 1]!.rank);
}

function hasRank(curve: { readonly points: readonly { readonly rank: number }[] } | undefined, wanted: number) {
  return curve?.points.some(({ rank }) => rank === wanted) ?? false;
}

/** `curves[0].points[2].rank: ` as people write it. */
function place(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "";
  return `${path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("")}: `;
}
