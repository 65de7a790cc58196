import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSweep } from "./fixtures/sweeps.ts";
import { shellQuote } from "./shell-quote.ts";
import { commandLine, exportCommands, peftSnippet, rankToUse } from "./snippets.ts";

test("quotes only what a shell would read otherwise", () => {
  expect(shellQuote("runs/my-run")).toBe("runs/my-run");
  expect(shellQuote("my runs/it's")).toBe("'my runs/it'\\''s'");
  expect(shellQuote("")).toBe("''");
  expect(commandLine(makeSweep({ command: ["dylora", "sweep", "a b"] }))).toBe("dylora sweep 'a b'");
});

test.skipIf(process.platform === "win32")("a shell reads every argument back", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme-ascii" }), { minLength: 1, maxLength: 5 }), (words) => {
      const line = `for word in ${words.map(shellQuote).join(" ")}; do printf '%s\\0' "$word"; done`;
      expect(execFileSync("sh", ["-c", line]).toString().split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

test("commands export and use the recommended rank, the highest where none is recommended", () => {
  expect(exportCommands(makeSweep()).map(({ command }) => command)).toEqual([
    "dylora export runs/quickstart --rank 4 --out runs/quickstart/export/rank-4",
    "dylora export runs/quickstart --rank 4 --merge --out runs/quickstart/export/rank-4-merged",
    "dylora predict --base examples/quickstart/model --adapter runs/quickstart/export/rank-4 --input in.jsonl --output out.jsonl",
  ]);
  expect(rankToUse(makeSweep({ recommendation: undefined }))).toBe(8);
});

test("commands begin as the one did that made the file, and a shell reads their paths back", () => {
  const clone = ["node", "packages/cli/dist/bin.js"];
  const run = "runs/my run";
  const commands = exportCommands(makeSweep({ command: [...clone, "sweep", run], run, exported: undefined }));
  expect(commands[0]?.command).toBe(
    "node packages/cli/dist/bin.js export 'runs/my run' --rank 4 --out 'runs/my run/export/rank-4'",
  );
  expect(exportCommands(makeSweep({ command: [] }))[0]?.command).toMatch(/^dylora export /u);
  expect(commandLine(makeSweep({ command: [] }))).toBeUndefined();
});

test("the Python loads the class of model that the task wants", () => {
  const sweep = makeSweep();
  expect(peftSnippet(sweep)).toContain("AutoModelForSequenceClassification.from_pretrained(base, num_labels=7)");
  expect(peftSnippet(sweep)).toContain('PeftModel.from_pretrained(model, "runs/quickstart/export/rank-4")');
  const generation = { ...sweep, task: { ...sweep.task, kind: "generation", labels: undefined } };
  expect(peftSnippet(generation)).toContain("AutoModelForCausalLM.from_pretrained(base)");
  expect(exportCommands(generation)[2]?.command).toMatch(/^dylora generate /u);
  const regression = { ...sweep, task: { ...sweep.task, kind: "regression", labels: undefined } };
  expect(peftSnippet(regression)).toContain("num_labels=1)");
});
