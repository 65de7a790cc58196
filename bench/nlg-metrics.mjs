// The NLG metrics of @dylora/eval on an E2E-sized test output (4,693 lines), and BLEU and TER against sacreBLEU on the
// same texts, measured in turn in one run.
//   pnpm bench nlg-metrics [--python PYTHON] [--csv testset_w_refs.csv] [--lines 4693] [--rounds 3]
// PYTHON: an interpreter with sacrebleu; without it the peer is skipped. The csv is the E2E challenge's file of test
// references; without it, texts are made from the package's golden sample by moving words. Exits with 1 when all metrics
// together (METEOR apart, one reference a line) take 2 seconds or more, or BLEU or TER is less than 3 times as fast as sacreBLEU.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    csv: { type: "string" },
    lines: { type: "string", default: "4693" },
    rounds: { type: "string", default: "3" },
  },
});
const lines = Number(values.lines);
const rounds = Number(values.rounds);
const nlg = await import(new URL("../packages/eval/dist/nlg/index.js", import.meta.url).href);

/** Groups of texts that say the same thing. */
function textGroups() {
  if (values.csv === undefined) {
    const golden = new URL("../packages/eval/src/nlg/fixtures/nlg-scores.json", import.meta.url);
    return JSON.parse(readFileSync(golden, "utf8")).references.filter((group) => group.every((text) => text !== ""));
  }
  const groups = new Map();
  for (const [, mr, text] of readFileSync(values.csv, "utf8").matchAll(/^"((?:[^"]|"")*)","((?:[^"]|"")*)"\r?$/gm)) {
    if (mr === "mr") continue;
    if (!groups.has(mr)) groups.set(mr, []);
    groups.get(mr).push(text.replaceAll('""', '"').trim());
  }
  return [...groups.values()];
}

/** Every line another text: a reference of the group with two spans changed in place by a small counter. */
function corpus() {
  const groups = textGroups();
  const hypotheses = [];
  const one = [];
  const all = [];
  for (let i = 0; hypotheses.length < lines; i++) {
    const group = groups[i % groups.length];
    const turn = Math.floor(i / groups.length);
    if (values.csv !== undefined && turn >= group.length) continue;
    const words = group[turn % group.length].split(" ");
    const cut = 1 + (turn % Math.max(1, words.length - 2));
    const made = values.csv === undefined ? [...words.slice(cut), ...words.slice(0, cut)] : words;
    const others = group.filter((_, k) => k !== turn % group.length);
    const references = others.length > 0 ? others : group;
    hypotheses.push(made.join(" "));
    one.push([references[turn % references.length]]);
    all.push(references);
  }
  return { hypotheses, one, all };
}

const seconds = (run) => {
  const start = performance.now();
  const result = run();
  return { time: (performance.now() - start) / 1000, result };
};
const best = (run) => {
  const runs = Array.from({ length: rounds }, () => seconds(run));
  return runs.reduce((a, b) => (b.time < a.time ? b : a));
};

const { hypotheses, one, all } = corpus();
const mean = all.reduce((sum, group) => sum + group.length, 0) / all.length;
console.log(`${hypotheses.length} lines, one reference each, and ${mean.toFixed(1)} references each`);

let failed = false;
for (const [name, references] of [
  ["one reference", one],
  ["all references", all],
]) {
  const first = seconds(() => nlg.e2eMetrics(hypotheses, references, { meteor: false }));
  const again = best(() => nlg.e2eMetrics(hypotheses, references, { meteor: false }));
  const scores = Object.entries(again.result).map(([metric, { score }]) => `${metric} ${score.toFixed(4)}`);
  console.log(
    `all metrics, ${name}: ${first.time.toFixed(2)} s cold, ${again.time.toFixed(2)} s warm (${scores.join(", ")})`,
  );
  if (references === one && Math.min(first.time, again.time) >= 2) failed = true;
}

const peer = `
import json, sys, time
from sacrebleu.metrics import BLEU, TER
data = json.load(open(sys.argv[1], encoding="utf-8"))
streams = [[group[0] for group in data["references"]]]
for name, metric in (("BLEU", BLEU()), ("TER", TER())):
    start = time.perf_counter()
    score = metric.corpus_score(data["hypotheses"], streams).score
    print(json.dumps({"name": name, "time": time.perf_counter() - start, "score": score}))
`;
const folder = mkdtempSync(join(tmpdir(), "dylora-bench-"));
try {
  const file = join(folder, "corpus.json");
  writeFileSync(file, JSON.stringify({ hypotheses, references: one }));
  const run = spawnSync(values.python, ["-c", peer, file], { encoding: "utf8", maxBuffer: 2 ** 24 });
  if (run.status !== 0) {
    console.log(`sacreBLEU skipped: ${values.python} cannot run it (--python PATH)`);
  } else {
    const metrics = { BLEU: nlg.bleu(), TER: nlg.ter() };
    for (const { name, time, score } of run.stdout.trim().split("\n").map(JSON.parse)) {
      const ours = best(() => metrics[name].compute(hypotheses, one));
      const equal = Math.abs(ours.result.score - score) < 1e-6;
      const ratio = time / ours.time;
      console.log(
        `${name}: dylora ${ours.time.toFixed(3)} s, sacreBLEU ${time.toFixed(3)} s, ${ratio.toFixed(1)} times as fast; ` +
          `scores ${ours.result.score.toFixed(6)} and ${score.toFixed(6)}${equal ? "" : " DIFFER"}`,
      );
      if (!equal || ratio < 3) failed = true;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (failed) process.exit(1);
