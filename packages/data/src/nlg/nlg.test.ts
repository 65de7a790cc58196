import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ARROW_PROMPTS,
  createTokenizer,
  encodeCompletions,
  groupReferences,
  IGNORE_LABEL,
  LORA_PROMPTS,
  lengthBucketedCausalBatches,
  linearizeMeaning,
  parseMeaning,
  toPromptCompletions,
} from "../index.ts";
import { parseTriple } from "./triple.ts";

test("meaning representations are read back as they were written", () => {
  const part = fc.stringMatching(/^[A-Za-zé£0-9][A-Za-zé£0-9 '.-]{0,8}[A-Za-zé£0-9]$/);
  fc.assert(
    fc.property(fc.array(fc.record({ name: part, value: part }), { minLength: 1 }), (slots) => {
      const written = slots.map(({ name, value }) => `${name}[${value}]`).join(", ");
      expect(parseMeaning(written)).toEqual(slots);
    }),
  );
});

test("slots of every name, prices spaced", () => {
  const meaning =
    "name[A, B], eatType[pub], priceRange[£20-25], familyFriendly[no], customer rating[5 out of 5], near[C]";
  expect(linearizeMeaning(meaning)).toBe(
    "name : A, B | Type : pub | price : £ 20 - 25 | family friendly : no | customer rating : 5 out of 5 | near : C",
  );
  expect(linearizeMeaning("constructor[a], __proto__[b], toString[c]")).toBe(
    "constructor : a | __proto__ : b | toString : c",
  );
  for (const bad of ["", "name", "name[A", "name[A]]", "name[A] eatType[pub]", "[A]"]) {
    expect(() => parseMeaning(bad)).toThrow(expect.objectContaining({ code: "bad_meaning" }));
  }
});

test("triples keep bars in the object", () => {
  expect(parseTriple(" a | b | c | d ")).toEqual({ subject: "a", relation: "b", object: "c | d" });
  expect(parseTriple("a | b | ")).toEqual({ subject: "a", relation: "b", object: "" });
  expect(parseTriple("a | b")).toBeUndefined();
});

test("references gather by exact context, in the order of first appearance", () => {
  const pairs = fc.array(fc.tuple(fc.constantFrom("a", "b", "A", "a ", "__proto__"), fc.string()));
  fc.assert(
    fc.property(pairs, (list) => {
      const groups = groupReferences(list.map(([context, text]) => ({ context, text })));
      expect(groups.map(({ context }) => context)).toEqual([...new Set(list.map(([context]) => context))]);
      for (const { context, references } of groups) {
        expect(references).toEqual(list.filter(([other]) => other === context).map(([, text]) => text));
      }
    }),
  );
  const [group] = groupReferences([
    { context: "a", text: "x", category: "Food" },
    { context: "a", text: "y", category: "City" },
  ]);
  expect(group).toEqual({ context: "a", references: ["x", "y"], category: "Food" });
});

describe("causal encoding", async () => {
  const path = join(import.meta.dirname, "../../../../examples/gpt2-e2e/model/tokenizer.json");
  const json = JSON.parse(await readFile(path, "utf8"));
  const tokenizer = createTokenizer(json);

  test("prompt masked, completion and end token labelled; nothing else in between", () => {
    const pairs = toPromptCompletions([{ context: "name[Aromi]", text: "Aromi is a pub." }], ARROW_PROMPTS);
    const [encoded] = encodeCompletions(tokenizer, pairs);
    const prompt = tokenizer.encode("name[Aromi] =>", undefined, { addSpecialTokens: false });
    const completion = tokenizer.encode(" Aromi is a pub.", undefined, { addSpecialTokens: false });
    expect([...encoded!.inputIds]).toEqual([...prompt, ...completion, tokenizer.eosId]);
    expect([...encoded!.labels]).toEqual([...prompt.map(() => IGNORE_LABEL), ...completion, tokenizer.eosId]);
    expect(tokenizer.decode(encoded!.inputIds)).toBe("name[Aromi] => Aromi is a pub.");
  });

  test("a begin token that the tokenizer places comes before the prompt, and nowhere else", () => {
    const begin = { id: "<|endoftext|>", type_id: 0 };
    const single = [{ SpecialToken: begin }, { Sequence: { id: "A", type_id: 0 } }];
    const special_tokens = { [begin.id]: { id: begin.id, ids: [tokenizer.tokenId(begin.id)], tokens: [begin.id] } };
    const post_processor = { type: "TemplateProcessing", single, pair: single, special_tokens };
    const pairs = [{ prompt: "name[Aromi] =>", completion: " Aromi is a pub." }];
    const [placed] = encodeCompletions(createTokenizer({ ...json, post_processor }), pairs);
    const [plain] = encodeCompletions(tokenizer, pairs);
    expect([...placed!.inputIds]).toEqual([tokenizer.tokenId(begin.id), ...plain!.inputIds]);
    expect([...placed!.labels]).toEqual([IGNORE_LABEL, ...plain!.labels]);
  });

  test("microsoft/LoRA's form puts the end token between context and text", () => {
    const [pair] = toPromptCompletions([{ context: "name : A", text: "A." }], LORA_PROMPTS);
    expect(pair).toEqual({ prompt: "name : A<|endoftext|>", completion: " A." });
  });

  test("what is too long is cut at its end, or refused where the prompt fills everything", () => {
    const pairs = [{ prompt: "name", completion: " A long sentence about a restaurant." }];
    const [whole] = encodeCompletions(tokenizer, pairs);
    for (let maxLength = 2; maxLength < whole!.inputIds.length; maxLength += 1) {
      const [cut] = encodeCompletions(tokenizer, pairs, { maxLength });
      expect(cut).toEqual({ inputIds: whole!.inputIds.slice(0, maxLength), labels: whole!.labels.slice(0, maxLength) });
    }
    const length = tokenizer.encode("name", undefined, { addSpecialTokens: false }).length;
    const refused = expect.objectContaining({
      code: "prompt_too_long",
      message: expect.stringContaining("position 0"),
    });
    expect(() => encodeCompletions(tokenizer, pairs, { maxLength: length })).toThrow(refused);
    const letters = { encode: (text: string) => Array.from(text, (_, i) => i), eosId: 9 };
    const three = ["a", "abc", "ab"].map((prompt) => ({ prompt, completion: "d" }));
    const [left, cutAt]: [number[], number[]] = [[], []];
    const onTooLong = (_: unknown, index: number) => left.push(index);
    const kept = encodeCompletions(letters, three, { maxLength: 3, onTooLong, onCut: (index) => cutAt.push(index) });
    expect([kept.length, left, cutAt]).toEqual([2, [1], [2]]);
    const endless = { encode: tokenizer.encode, eosId: undefined };
    expect(() => encodeCompletions(endless, pairs)).toThrow(expect.objectContaining({ code: "no_end_token" }));
  });

  test("batches of completions keep ids and labels side by side", () => {
    const texts = ["a pub.", "a very nice restaurant near the river.", "cheap."];
    const encoded = encodeCompletions(
      tokenizer,
      texts.map((text) => ({ prompt: "say", completion: ` ${text}` })),
    );
    const { inputIds, labels, attentionMask, size, length, indices } = lengthBucketedCausalBatches(encoded, {
      batchSize: 3,
      padId: tokenizer.padId,
      seed: 4,
    }).batch(0);
    for (let row = 0; row < size; row += 1) {
      const count = attentionMask.subarray(row * length, (row + 1) * length).reduce((a, b) => a + b);
      const example = encoded[indices[row]!]!;
      expect(inputIds.slice(row * length, row * length + count)).toEqual(example.inputIds);
      expect(labels.slice(row * length, row * length + count)).toEqual(example.labels);
      expect(labels.slice(row * length + count, (row + 1) * length).every((label) => label === IGNORE_LABEL)).toBe(
        true,
      );
    }
  });
});
