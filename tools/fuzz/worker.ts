import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { type Files, filesLike } from "./inputs/index.ts";
import { type Fault, faultOf } from "./outcome.ts";
import { type FuzzReader, readers } from "./readers/index.ts";

/** What the parent asks for: cases `first` to `last` of one reader, the files of a case, or what happens with files. */
type Task =
  | { readonly reader: string; readonly seed: number; readonly describe: number }
  | { readonly reader: string; readonly seed: number; readonly first: number; readonly last: number }
  | { readonly reader: string; readonly files: Readonly<Record<string, string>> };

const [folder = "", stateFile = ""] = process.argv.slice(2);
const state = openSync(stateFile, "w");
const arbitraries = new Map<string, fc.Arbitrary<Files>>();

function arbitraryOf({ name, examples }: FuzzReader): fc.Arbitrary<Files> {
  let arbitrary = arbitraries.get(name);
  if (arbitrary === undefined) {
    arbitrary = fc.oneof(...examples.map(filesLike));
    arbitraries.set(name, arbitrary);
  }
  return arbitrary;
}

/** A seed of its own for each reader and case, so that a case can be made again alone. */
function caseSeed(reader: string, seed: number, index: number): number {
  let hash = seed | 0;
  for (const character of `${reader} ${index}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) + index;
  return hash | 0;
}

function lay(files: Files): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

let unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));

const polluted = (): boolean => "polluted" in {} || Object.keys(Object.prototype).length > 0;

async function outcome(reader: FuzzReader, files: Files): Promise<Fault | undefined> {
  unhandled = [];
  let fault: Fault | undefined;
  try {
    if (reader.inMemory !== true) lay(files);
    const result = reader.read(folder, files);
    if (result instanceof Promise) {
      await result;
    }
  } catch (error) {
    fault = faultOf(error);
  }
  if (reader.inMemory !== true) await new Promise(setImmediate);
  const [late] = unhandled;
  if (late !== undefined) {
    const { what, place = "" } = faultOf(late) ?? { what: String(late) };
    return { kind: "unhandled", what, place };
  }
  if (polluted()) return { kind: "changed prototypes", what: Object.keys(Object.prototype).join() };
  return fault;
}

/** The same fault with fewer changes, where fast-check finds it within a few seconds. */
async function smaller(reader: FuzzReader, seed: number, files: Files, fault: Fault): Promise<Files> {
  let least = files;
  const property = fc.asyncProperty(arbitraryOf(reader), async (candidate) => {
    if ((await outcome(reader, candidate))?.kind !== fault.kind) return true;
    least = candidate;
    return false;
  });
  await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit: 3_000 });
  return least;
}

const encoded = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]));

const seen = new Map<string, number>();

async function run(task: Task): Promise<void> {
  const reader = readers.find(({ name }) => name === task.reader)!;
  if ("files" in task) {
    const files = Object.fromEntries(
      Object.entries(task.files).map(([path, text]) => [path, new Uint8Array(Buffer.from(text, "base64"))]),
    );
    process.send!({ type: "outcome", fault: await outcome(reader, files) });
    return;
  }
  const arbitrary = arbitraryOf(reader);
  const filesOf = (index: number) =>
    (fc.sample(arbitrary, { seed: caseSeed(reader.name, task.seed, index), numRuns: 1 }) as [Files])[0];
  if ("describe" in task) {
    process.send!({ type: "files", files: encoded(filesOf(task.describe)) });
    return;
  }
  for (let index = task.first; index <= task.last; index++) {
    writeSync(state, `${index}`.padEnd(16), 0);
    const files = filesOf(index);
    const fault = await outcome(reader, files);
    if (fault === undefined) continue;
    const signature = `${reader.name} ${fault.kind} ${fault.place}`;
    const times = (seen.get(signature) ?? 0) + 1;
    seen.set(signature, times);
    // Shrinking takes time, during which the case is not what is being run.
    const kept =
      times > 2 ? undefined : encoded(await smaller(reader, caseSeed(reader.name, task.seed, index), files, fault));
    process.send!({ type: "fault", reader: reader.name, index, fault, files: kept });
  }
  process.send!({ type: "done" });
}

process.on("message", (task: Task) => void run(task));
process.on("disconnect", () => {
  closeSync(state);
  process.exit(0);
});
process.send!({ type: "ready", readers: readers.map(({ name, weight }) => ({ name, weight })) });
