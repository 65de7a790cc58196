// What is killed, and what must be found afterwards. Each scenario has
//   prepare(folder): puts there what was before; args(folder): what to run; whole(folder): what a run that nobody kills leaves
//   recover(folder, run): what a person does afterwards; what is wrong with the result, or undefined; which of the two was found
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
const sha = (path) => createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);

/** The newest checkpoint, by the digest in its name and of its bytes. */
function checkpointOf(run) {
  const pointer = read(join(run, "checkpoint", "checkpoints.json"));
  if (pointer === undefined) return undefined;
  const { file } = JSON.parse(pointer).checkpoints[0];
  return `${file} ${sha(join(run, "checkpoint", file))}`;
}

/** Steps and evaluations as they stand in the log, with nothing that a clock measures. */
function eventsOf(run) {
  const lines = (read(join(run, "events.jsonl")) ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return lines
    .filter(({ type }) => type === "step" || type === "evaluation")
    .map(({ type, step, rank, loss, metric }) => JSON.stringify([type, step, rank, loss, metric]))
    .join("\n");
}

const outcomeOf = (run) => `${checkpointOf(run)}\n${eventsOf(run)}`;

/** Files of a folder with their digests; hidden ones are leftovers that count for nothing. */
const contentOf = (folder) =>
  readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => `${name} ${sha(join(folder, name))}`)
    .join("\n");

const differs = (found, wanted) =>
  found === wanted ? undefined : "the result is not that of the run that nobody killed";

export function scenariosFor({ classifier, writer, task, prompts }, library, hub) {
  const training = ["train", "--backend", "wasm", "--base", classifier, "--task", task, "--batch-size", "8"];
  const settings = ["--rank", "4", "--lr", "1e-2", "--lora-dropout", "0.1"];
  /** Goes on with a run that was killed, or begins it where nothing had been begun. */
  const goOn = (scenario) => async (folder, run, wanted) => {
    const out = join(folder, "run");
    const begun = existsSync(join(out, "run.json"));
    await run(begun ? ["train", "--resume", "--out", out] : scenario.args(folder));
    return { found: begun ? "resumed" : "not begun", wrong: differs(outcomeOf(out), wanted) };
  };
  const scenario = (name, parts) => {
    const made = { name, prepare: async () => {}, ...parts };
    return { recover: goOn(made), ...made };
  };

  const plain = (folder, ...more) => [...training, ...settings, ...more, "--out", join(folder, "run")];
  const every = ["--checkpoint-every", "1", "--accumulation", "2", "--distribution", "geometric:p=0.3"];
  const runOf = (folder) => outcomeOf(join(folder, "run"));

  const replaced = { old: undefined };
  const exported = { old: undefined };
  return [
    scenario("training", { args: (folder) => plain(folder, "--steps", "60", ...every), whole: runOf }),
    scenario("evaluation", {
      args: (folder) => plain(folder, "--steps", "12", "--eval-every", "2", "--eval-ranks", "1,2,3,4"),
      whole: runOf,
    }),
    scenario("overwrite", {
      async prepare(folder, run) {
        if (replaced.old === undefined) {
          await run(plain(folder, "--steps", "30", "--seed", "1", "--checkpoint-every", "10"));
          replaced.folder = join(folder, "..", "replaced");
          cpSync(join(folder, "run"), replaced.folder, { recursive: true });
          replaced.old = outcomeOf(replaced.folder);
        } else cpSync(replaced.folder, join(folder, "run"), { recursive: true });
      },
      args: (folder) => plain(folder, "--steps", "20", "--seed", "2", "--checkpoint-every", "5", "--overwrite"),
      whole: runOf,
      async recover(folder, run, wanted) {
        const out = join(folder, "run");
        const { settings: own } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
        if (own.seed === 1) return { found: "old", wrong: differs(outcomeOf(out), replaced.old) };
        await run(["train", "--resume", "--out", out]);
        return { found: "new", wrong: differs(outcomeOf(out), wanted) };
      },
    }),
    scenario("export", {
      async prepare(folder, run) {
        const target = join(folder, "target");
        if (exported.run === undefined) {
          exported.run = join(folder, "..", "exported-run");
          await run([...training, ...settings, "--steps", "3", "--out", exported.run]);
        }
        await run(["export", exported.run, "--rank", "1", "--out", target]);
        exported.old = contentOf(target);
      },
      args: (folder) => ["export", exported.run, "--rank", "3", "--out", join(folder, "target"), "--overwrite"],
      whole: (folder) => contentOf(join(folder, "target")),
      async recover(folder, run, wanted) {
        const target = join(folder, "target");
        const found = contentOf(target);
        if (found !== exported.old && found !== wanted)
          return { found: "mixed", wrong: "neither the old files nor the new" };
        await run(["export", exported.run, "--rank", "3", "--out", target, "--overwrite"]);
        return { found: found === wanted ? "new" : "old", wrong: differs(contentOf(target), wanted) };
      },
    }),
    scenario("download", {
      program: [
        ...["--input-type=module", "-e"],
        `const { downloadModel } = await import(${JSON.stringify(library)});
         const [cacheDir, endpoint] = process.argv.slice(1);
         await downloadModel("o/m", { cacheDir, endpoint });`,
      ],
      args: (folder) => [join(folder, "cache"), hub.endpoint],
      whole: (folder) => hub.found(join(folder, "cache")),
      async recover(folder, run, wanted) {
        const before = hub.found(join(folder, "cache"));
        await run([join(folder, "cache"), hub.endpoint]);
        return {
          found: before === wanted ? "whole" : "in part",
          wrong: differs(hub.found(join(folder, "cache")), wanted),
        };
      },
    }),
    scenario("generation", {
      args: (folder) => [
        ...[
          "generate",
          "--backend",
          "wasm",
          "--base",
          writer,
          "--input",
          prompts,
          "--output",
          join(folder, "out.jsonl"),
        ],
        ...["--do-sample", "--seed", "3", "--batch-size", "2", "--max-new-tokens", "30"],
      ],
      whole: (folder) => read(join(folder, "out.jsonl")),
      async recover(folder, run, wanted) {
        const out = join(folder, "out.jsonl");
        if (existsSync(out)) return { found: "whole", wrong: differs(read(out), wanted) };
        const partial = readdirSync(folder).length > 0;
        await run([...this.args(folder), ...(partial ? ["--resume"] : [])]);
        return { found: partial ? "resumed" : "not begun", wrong: differs(read(out), wanted) };
      },
    }),
  ];
}
