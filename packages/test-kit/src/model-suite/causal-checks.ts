import type { SequenceCache } from "@dylora/lora-core";
import { expectAllClose, expectSameBits } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import { type CausalCheck, type CausalSubject, columns, leftPadded, mixedRanks, rowsOf } from "./causal-subject.ts";

/** Texts of five, two and four tokens, as one batch. */
function batchOf({ tokens }: CausalSubject) {
  const texts = [tokens.slice(0, 5), tokens.slice(5, 7), tokens.slice(3, 7)];
  return leftPadded(texts, tokens[0] as number);
}

/** Reads a batch in pieces, and gives the logits of every place; `between` may change the cache. */
async function readInPieces(
  { adapted, model }: CausalSubject,
  inputs: ReturnType<typeof batchOf>,
  pieces: readonly number[],
  expectedLength?: number,
): Promise<number[][]> {
  const { context, dispose } = adapted.bind(mixedRanks(inputs.size), inputs.size);
  const all: number[][] = new Array(inputs.size * inputs.length);
  let cache: SequenceCache | undefined;
  let from = 0;
  for (const length of pieces) {
    const next = model.continueFrom(columns(inputs, from, from + length), context, cache, expectedLength);
    cache?.dispose();
    cache = next.cache;
    const rows = await rowsOf(next.logits);
    rows.forEach((row, at) => {
      all[Math.floor(at / length) * inputs.length + from + (at % length)] = row;
    });
    from += length;
  }
  if (cache?.length !== inputs.length || cache.size !== inputs.size) {
    throw new Error(
      `the cache says ${cache?.size} texts of ${cache?.length} tokens, and has seen ${inputs.size} of ${inputs.length}`,
    );
  }
  expectSameBits(cache.attentionMask, inputs.attentionMask, "the attention mask of the cache");
  cache.dispose();
  cache.dispose();
  dispose();
  return all;
}

function expectRefusal(run: () => unknown, code: string, what: string): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  const found = (thrown as { readonly code?: unknown } | undefined)?.code;
  if (found !== code)
    throw new Error(`${what} is refused with ${thrown === undefined ? "nothing" : String(found)}, not "${code}"`);
}

/** What a model must do that writes texts. */
export const causalChecks: readonly CausalCheck[] = [
  {
    title: "its limits are whole numbers, and its end tokens are in the vocabulary",
    run({ model: { config } }) {
      for (const name of ["vocabSize", "maxPositions"] as const) {
        if (!Number.isInteger(config[name]) || config[name] < 1) throw new Error(`config.${name} is ${config[name]}`);
      }
      const unknown = config.eosTokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabSize);
      if (unknown !== undefined)
        throw new Error(`the end token ${unknown} is outside the vocabulary of ${config.vocabSize}`);
    },
  },
  {
    title: "a token does not see those after it",
    async run({ adapted, tokens, tolerance }) {
      const [first, second] = [tokens.slice(0, 5), [...tokens.slice(0, 4), tokens[6] as number]];
      const rows = await Promise.all(
        [first, second].map((text) => rowsOf(adapted.forward(leftPadded([text], tokens[0] as number)))),
      );
      for (let place = 0; place < 4; place++) {
        expectAllClose(rows[1]?.[place] ?? [], rows[0]?.[place] ?? [], { tolerance, what: `place ${place}` });
      }
    },
  },
  {
    title: "padding on the left changes nothing",
    async run(subject) {
      const { adapted, tokens, tolerance } = subject;
      const alone = await rowsOf(adapted.forward(leftPadded([tokens.slice(5, 7)], tokens[0] as number)));
      const beside = await rowsOf(adapted.forward(batchOf(subject)));
      for (const place of [0, 1]) {
        expectAllClose(beside[5 + 3 + place] ?? [], alone[place] ?? [], { tolerance, what: `token ${place}` });
      }
    },
  },
  {
    title: "in pieces behind a cache it gives the logits of the whole, at a rank for each text",
    async run(subject) {
      const inputs = batchOf(subject);
      const whole = await rowsOf(subject.adapted.forward(inputs, { view: mixedRanks(inputs.size) }));
      for (const pieces of [[5], [1, 4], [3, 1, 1], [1, 1, 1, 1, 1]]) {
        for (const expectedLength of [undefined, 5, 7]) {
          const rows = await readInPieces(subject, inputs, pieces, expectedLength);
          Array.from(inputs.attentionMask).forEach((counts, at) => {
            if (counts === 0) return; // what stands at padding nobody reads
            const what = `pieces ${pieces}, row ${at}`;
            expectAllClose(rows[at] ?? [], whole[at] ?? [], { tolerance: subject.tolerance, what });
          });
        }
      }
    },
  },
  {
    title: "rows of the output are those that are asked for",
    async run(subject) {
      const { adapted, model, tolerance } = subject;
      const inputs = batchOf(subject);
      const outputRows = [14, 4];
      const whole = await rowsOf(adapted.forward(inputs));
      const some = await rowsOf(adapted.forward({ ...inputs, outputRows }));
      const { context, dispose } = adapted.bind("full", inputs.size);
      const next = model.continueFrom({ ...inputs, outputRows }, context, undefined);
      const read = await rowsOf(next.logits);
      next.cache.dispose();
      dispose();
      for (const [name, rows] of [
        ["forward", some],
        ["continueFrom", read],
      ] as const) {
        if (rows.length !== 2) throw new Error(`${name} gives ${rows.length} rows and was asked for 2`);
        outputRows.forEach((row, at) => {
          expectAllClose(rows[at] ?? [], whole[row] ?? [], { tolerance, what: `${name}, row ${row}` });
        });
      }
    },
  },
  {
    title: "texts of a cache can be left out, doubled and reordered, and the cache stays as it was",
    async run(subject) {
      const { adapted, model, tokens, tolerance } = subject;
      const inputs = batchOf(subject);
      const { context, dispose } = adapted.bind("full", 1);
      const one = (ids: readonly number[]) =>
        leftPadded(
          ids.map((id) => [id]),
          0,
        );
      const ends = tokens.slice(0, 3);
      const begun = model.continueFrom(inputs, context, undefined);
      begun.logits.dispose();
      const order = [2, 0, 0, 1];
      const selected = begun.cache.select(order);
      const moved = model.continueFrom(one(order.map((text) => ends[text] as number)), context, selected);
      const straight = model.continueFrom(one(ends), context, begun.cache);
      const [there, here] = [await rowsOf(moved.logits), await rowsOf(straight.logits)];
      order.forEach((text, at) => {
        expectAllClose(there[at] ?? [], here[text] ?? [], { tolerance, what: `text ${text} at ${at}` });
      });
      expectRefusal(() => begun.cache.select([3]), "id_out_of_range", "a text that the cache has not");
      for (const { cache } of [begun, { cache: selected }, moved, straight]) cache.dispose();
      dispose();
    },
  },
  {
    title: "a cache of other texts, and a text that is too long, are refused, and nothing leaks",
    async run({ adapted, model, tokens }) {
      const first = tokens[0] as number;
      const longest = model.config.maxPositions;
      await leakGuard(() => {
        const { context, dispose } = adapted.bind("full", 1);
        const full = leftPadded([new Array<number>(longest).fill(first)], first);
        const begun = model.continueFrom({ ...full, outputRows: [longest - 1] }, context, undefined);
        const more = (texts: number) => leftPadded(new Array<number[]>(texts).fill([first]), first);
        expectRefusal(() => model.continueFrom(more(2), context, begun.cache), "bad_shape", "a cache of another batch");
        expectRefusal(
          () => model.continueFrom(more(1), context, begun.cache),
          "sequence_too_long",
          "one token too many",
        );
        begun.cache.dispose();
        begun.logits.dispose();
        dispose();
      });
    },
  },
];
