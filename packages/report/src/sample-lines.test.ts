import { expect, test } from "vitest";
import { sampleLines } from "./sample-lines.ts";
import type { SweepFile } from "./sweep-file.ts";

const sweepWith = (samples: SweepFile["samples"]): SweepFile => ({ samples }) as SweepFile;

test("ranks stand one below the other, long texts wrap under themselves", () => {
  const outputs = [
    { rank: 1, text: "Aromi is a pub." },
    { rank: 16, text: "Aromi is a cheap pub by the river." },
  ];
  const lines = sampleLines(sweepWith([{ input: "name[Aromi]", references: ["A pub.", "Not shown."], outputs }]), {
    width: 32,
  });
  expect(lines).toBe(
    [
      "name[Aromi]",
      "reference  A pub.",
      "   rank 1  Aromi is a pub.",
      "  rank 16  Aromi is a cheap pub",
      "           by the river.",
    ].join("\n"),
  );
});

test("control characters do not reach the terminal, and an empty text is a line of its own", () => {
  const outputs = [
    { rank: 1, text: "\u001b[31mred" },
    { rank: 2, text: "" },
  ];
  const lines = sampleLines(sweepWith([{ input: "a", outputs }])) ?? "";
  expect(lines).not.toContain("\u001b");
  expect(lines.split("\n").at(-1)).toBe("rank 2");
});

test("a sweep without samples has nothing to show", () => {
  expect(sampleLines(sweepWith(undefined))).toBeUndefined();
});
