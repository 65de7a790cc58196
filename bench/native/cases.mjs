// What `pnpm bench step` and `pnpm bench compare` time, and how they run one case in a process of its own.
import { spawn } from "node:child_process";

const shapes = [
  { model: "roberta-base", batch: 16, length: 128 },
  { model: "roberta-base", batch: 32, length: 128 },
  { model: "roberta-large", batch: 8, length: 128 },
  { model: "gpt2-medium", batch: 4, length: 512 },
  { model: "gpt2-medium", batch: 8, length: 128 },
];
const precisions = ["float32", "bfloat16"];

function trainingCases() {
  return shapes.flatMap((shape) =>
    precisions.flatMap((precision) =>
      [0, 0.1].flatMap((dropout) =>
        [false, true].map((dylora) => {
          const size = `${shape.batch}x${shape.length}`;
          const name = ["train", shape.model, size, precision, `dropout-${dropout}`, dylora ? "dylora" : "lora"].join(
            "/",
          );
          return { name, what: "train", ...shape, precision, dropout, dylora };
        }),
      ),
    ),
  );
}

/** Cases by name: training steps, evaluation forwards and generation. */
export const cases = [
  ...trainingCases(),
  ...precisions.map((precision) => ({
    name: `forward/roberta-base/16x128/${precision}`,
    ...{ what: "forward", model: "roberta-base", batch: 16, length: 128, precision, dropout: 0, dylora: false },
  })),
  ...[1, 16].map((batch) => ({
    name: `generate/gpt2-medium/${batch}x64`,
    ...{ what: "generate", model: "gpt2-medium", batch, length: 32, newTokens: 64, precision: "bfloat16" },
  })),
];

/** Cases whose name begins with one of the given beginnings; all without any. */
export function chosen(beginnings) {
  if (beginnings.length === 0) return cases;
  const found = cases.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));
  if (found.length === 0) {
    console.error(
      `no case begins with ${beginnings.join(" or ")}; there are:\n  ${cases.map(({ name }) => name).join("\n  ")}`,
    );
    process.exit(2);
  }
  return found;
}

/** Options of both bench/native/*.mjs and bench/peers/pytorch_peft.py, for warm-up and timed rounds. */
export function optionsOf({ what, model, batch, length, newTokens, dropout, dylora }, { warmup, steps }) {
  const given = { model, batch, length, "new-tokens": newTokens, dropout: dropout || undefined, warmup, steps };
  const values = Object.entries(given).filter(([, value]) => value !== undefined);
  const flags = dylora ? ["--dylora"] : [];
  return [
    ...(what === "generate" ? [] : ["--what", what]),
    ...values.flatMap(([key, value]) => [`--${key}`, String(value)]),
    ...flags,
  ];
}

/** The JSON object that a program prints last. A program that fails gives `{ failed }`, the last line of its errors. */
export function measured(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const [out, errors] = [[], []];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => errors.push(chunk));
    child.on("error", (error) => resolve({ failed: error.message }));
    child.on("close", (code) => {
      const last = (chunks) => Buffer.concat(chunks).toString().trim().split("\n").at(-1) ?? "";
      if (code !== 0) return resolve({ failed: last(errors) || `exit code ${code}` });
      resolve(JSON.parse(last(out)));
    });
  });
}

/** Our side of a case. */
export function ours(given, rounds) {
  const file = given.what === "generate" ? "generate" : "step";
  const path = new URL(`${file}.mjs`, import.meta.url).pathname;
  return measured(process.execPath, [path, "--precision", given.precision, ...optionsOf(given, rounds)]);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Lines of a table in Markdown, so that results can be kept as they are printed. */
export function row(cells) {
  return `| ${cells.join(" | ")} |`;
}
