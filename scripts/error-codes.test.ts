import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCodes } from "./error-codes.mjs";
import { root } from "./run.mjs";

/** Codes of failures that the command line reports and no package throws. */
const ofTheCommand = ["interrupted", "unexpected"];

const codes = [...errorCodes().keys()];
const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");
const rows = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (.+?) \| (.+?) \|$/gm)];
const documented = rows.flatMap(([, cell = ""]) => [...cell.matchAll(/`(\w+)`/g)].map(([, code]) => code));

test("the troubleshooting page has every error code of the sources, each once, and no other", () => {
  const thrown = [...codes, ...ofTheCommand];
  expect(thrown.filter((code) => !documented.includes(code))).toEqual([]);
  expect(documented.filter((code) => !thrown.includes(code as string))).toEqual([]);
  expect(new Set(documented).size).toBe(documented.length);
});

test("codes that are put together or handed on are found too", () => {
  for (const code of ["bad_step", "pmf_sum", "hub_forbidden", "not_safetensors", "file_unreadable", "bad_max_order"]) {
    expect(codes).toContain(code);
  }
});
