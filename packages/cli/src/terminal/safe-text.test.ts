import { styleText } from "node:util";
import { expect, test } from "vitest";
import { safeText } from "./safe-text.ts";

const style = (format: "bold" | "dim" | "green" | "redBright", text: string) =>
  styleText(format, text, { validateStream: false });

test("colours stay where they are shown, everything else that steers a terminal is written out", () => {
  const line = `${style("bold", "1")} ${style("dim", "2")} ${style("green", "3")} ${style("redBright", "4")}\n`;
  expect(safeText(line, true)).toBe(line);
  expect(safeText(line)).not.toContain("\u001b");
  for (const color of [true, false]) {
    expect(safeText("a\u001b]0;title\u0007\u001b[2J\u001b[8mb\u009b1A\rc\u202ed", color)).toBe(
      "a\\u001b]0;title\\u0007\\u001b[2J\\u001b[8mb\\u009b1A\\rc\\u202ed",
    );
  }
});
