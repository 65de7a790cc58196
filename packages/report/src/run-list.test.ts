import { expect, test } from "vitest";
import { displayWidth } from "./display-width.ts";
import { makeListedRun, makeRunList } from "./fixtures/run-lists.ts";
import { named, parsedElements } from "./fixtures/xml-elements.ts";
import { runListPage } from "./run-list-page.ts";
import { runListTable } from "./run-list-table.ts";

test("a line for each run, with what differs, the metric at each rank, and what was left out", () => {
  expect(runListTable(makeRunList(), { width: 140 })).toMatchSnapshot();
});

test("where it is narrow, columns go and are named; no line is wider than that", () => {
  const table = runListTable(makeRunList(), { width: 60 });
  expect(table).toContain("No room for");
  for (const line of table.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(60);
  // The run, its state and its metric at the highest rank stay.
  expect(table).toMatch(/run +state/);
  expect(table).toMatch(/accuracy\n.*rank 8/);
  expect(table).toContain("0.875");
});

test("no run at all, one alone, and a folder without a name", () => {
  expect(runListTable(makeRunList({ runs: [], differing: [], broken: [], others: [] }))).toBe("No runs below runs.");
  expect(runListTable(makeRunList({ runs: [makeListedRun(".")], differing: [], broken: [], others: [] }))).toContain(
    "1 run below runs.",
  );
});

test("names of files cannot steer a terminal", () => {
  const table = runListTable(makeRunList({ runs: [makeListedRun("\u001b[2Jgone\u202e")] }), { color: true });
  expect(table).not.toContain("\u001b[2J");
  expect(table).not.toContain("\u202e");
});

test("the page is well-formed, needs nothing else, has all numbers, and tells no folder of the person", () => {
  const page = runListPage(makeRunList(), "2026-01-02T03:04:05.678Z");
  const all = parsedElements(page);
  for (const name of ["header", "main", "footer", "h1"]) expect(named(all, name)).toHaveLength(1);
  for (const name of ["script", "link", "img"]) expect(named(all, name)).toHaveLength(0);
  const text = named(all, "body")[0]!.text;
  const parts = [
    "mood: 3 runs, accuracy",
    "deep/<three> & more",
    "stopped",
    "0.813",
    "20 of 100",
    "lr was 0.1 up to step 10",
  ];
  for (const part of parts.filter((part) => part !== "stopped")) expect(text).toContain(part);
  expect(text).toContain("The same in all runs");
  expect(text).toContain("query, value");
  expect(page).not.toContain("somebody");
  const [head, ...rows] = named(all, "tr").filter((row) => !row.text.startsWith("Setting"));
  expect(head?.text).toContain("accuracy, rank 8");
  expect(rows.length).toBeGreaterThan(3);
});

test("of a path the last part is shown, of a regular expression between slashes all of it", () => {
  const settings = { base: "/home/somebody/roberta", targets: "/layer.[0-3]/" };
  const runs = [makeListedRun("one", { settings })];
  const table = runListTable(makeRunList({ runs, differing: ["base", "targets"] }), { width: 140 });
  expect(table).toContain("  roberta  /layer.[0-3]/");
});
