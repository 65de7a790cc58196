import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { exportAdapter, openAdapter, type TunedModel } from "@dylora/finetune";
import { activeBackend, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, createBatcher } from "./batcher.ts";
import { rankUnderLoad } from "./load-policy.ts";
import { type ServeOptions, type Server, serve } from "./serve.ts";

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));
const base = join(examples, "quickstart/model");
const gpt2 = { base: join(examples, "gpt2-e2e/model") };
const gpt2Adapter = join(examples, "gpt2-e2e/adapter");
const context = "name[The Vaults], eatType[pub], priceRange[more than £30]";
const texts = [
  "The Eagle is a cheap pub with a low customer rating.",
  "Customers give The Mill 5 out of 5.",
  "The Rice Boat serves Japanese food by the river, near Café Rouge; its customer rating is 3 out of 5.",
  "A pub in the city centre.",
];

let dir: string;
let model: TunedModel;
/** The same adapter cut to rank 2: it answers otherwise. */
let small: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-serving-"));
  await useBackend(wasmBackend());
  model = await openAdapter(join(examples, "quickstart/adapter"), { base });
  small = join(dir, "small");
  await exportAdapter(join(examples, "quickstart/adapter"), { rank: 1, out: small, base });
});
afterAll(async () => {
  await model.close();
  activeBackend()?.dispose();
  await rm(dir, { recursive: true, force: true });
});

/** Logits of each text, as `predict` computes them one text at a time. */
async function predicted(rank: number, of = model): Promise<number[][]> {
  const { logits } = await of.predict(texts, { rank, batchSize: 1 });
  return logits.map((row) => [...row]);
}

async function withServer(
  options: ServeOptions,
  use: (server: Server) => Promise<void>,
  adapter: string | TunedModel = model,
): Promise<void> {
  const server = await serve(adapter, { port: 0, ...options });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

function post(server: Server, route: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const given = signal === undefined ? {} : { signal };
  return fetch(`${server.address}/${route}`, { method: "POST", headers, body: JSON.stringify(body), ...given });
}

async function ask(server: Server, body: unknown): Promise<Answer> {
  const response = await post(server, "predict", body);
  const answer = await response.json();
  expect([response.status, answer]).toEqual([200, expect.anything()]);
  return answer as Answer;
}

const distance = (a: readonly number[], b: readonly number[] | undefined): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b?.[i] ?? Number.NaN))));

test("mixed ranks asked at once are answered as predict answers at each rank", async () => {
  const tensors = tf.memory().numTensors;
  const ranks = [1, 2, 3, 5, 8];
  await withServer({}, async (server) => {
    const asked = ranks.flatMap((rank) => texts.map((text, i) => ({ rank, text, i })));
    const answers = await Promise.all(asked.map(({ rank, text }) => ask(server, { text, rank })));
    for (const rank of ranks) {
      const expected = await predicted(rank);
      answers.forEach((answer, place) => {
        if (asked[place]?.rank !== rank) return;
        expect([answer.rank, answer.asked]).toEqual([rank, rank]);
        expect(distance(answer.logits, expected[asked[place].i])).toBeLessThan(1e-3);
        expect(answer.label).toBe(model.labels[answer.logits.indexOf(Math.max(...answer.logits))]);
        expect(answer.scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
      });
    }
  });
  // What the ranks answer differs by more than the tolerance above.
  expect(distance((await predicted(1))[0] ?? [], (await predicted(8))[0])).toBeGreaterThan(0.01);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("without a rank the highest answers, and a pair is a pair", async () => {
  await withServer({}, async (server) => {
    const [text, pair] = texts as [string, string];
    const answer = await ask(server, { text, text_pair: pair });
    expect([answer.rank, answer.asked]).toEqual([8, 8]);
    const { logits } = await model.predict([[text, pair]]);
    expect(distance(answer.logits, [...(logits[0] ?? [])])).toBeLessThan(1e-3);
  });
});

test("under load ranks are lowered, and each answer is the one of its rank", async () => {
  const batcher = createBatcher(model, { maxBatchSize: 4, steps: [{ waiting: 6, rank: 2 }] });
  const answers = await Promise.all(Array.from({ length: 12 }, () => batcher.classify(texts[2] as string)));
  // Batches of 4 see 12, 8 and 4 requests waiting.
  expect(answers.map(({ rank }) => rank)).toEqual([...Array(8).fill(2), ...Array(4).fill(8)]);
  expect(new Set(answers.map(({ asked }) => asked))).toEqual(new Set([8]));
  const expected = { 2: await predicted(2), 8: await predicted(8) };
  for (const { rank, logits } of answers) {
    expect(distance(logits, expected[rank as 2 | 8][2])).toBeLessThan(1e-3);
  }
});

test("load never raises a rank", () => {
  const steps = [
    { waiting: 16, rank: 4 },
    { waiting: 64, rank: 1 },
  ];
  expect([1, 15, 16, 63, 64].map((waiting) => rankUnderLoad(8, waiting, steps))).toEqual([8, 8, 4, 4, 1]);
  expect(rankUnderLoad(2, 20, steps)).toBe(2);
});

/** The model, with the sizes of its batches noted, and failing for a text. */
function watched(sizes: number[]): TunedModel {
  return {
    ...model,
    predict(inputs, options) {
      sizes.push((inputs as readonly unknown[]).length);
      if ((inputs as readonly unknown[]).includes("bad")) throw new RangeError("cannot be computed");
      return model.predict(inputs, options);
    },
  };
}

test("a request that cannot be computed fails alone", async () => {
  const sizes: number[] = [];
  const batcher = createBatcher(watched(sizes));
  const settled = await Promise.allSettled(["A pub.", "bad", "An inn."].map((text) => batcher.classify(text)));
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(sizes).toEqual([3, 1, 1, 1]);
});

test("a request taken back is not computed, a full queue refuses, and close waits for what is in hand", async () => {
  const sizes: number[] = [];
  const batcher = createBatcher(watched(sizes), { maxWaiting: 2 });
  const gone = new AbortController();
  const back = batcher.classify("A pub.", { signal: gone.signal });
  const stays = batcher.classify("An inn.");
  await expect(batcher.classify("More.")).rejects.toMatchObject({ name: "ResourceError", code: "queue_full" });
  gone.abort(new Error("changed my mind"));
  await expect(back).rejects.toThrow("changed my mind");
  let answered = false;
  void stays.then(() => {
    answered = true;
  });
  await batcher.close();
  expect([answered, sizes]).toEqual([true, [1]]);
  await expect(batcher.classify("Late.")).rejects.toMatchObject({ code: "closed" });
});

test("a queue that is full sends requests away", async () => {
  await withServer({ maxWaiting: 0 }, async (server) => {
    const response = await post(server, "predict", { text: "The Eagle" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});

test("bad requests are refused, saying what is wrong", async () => {
  await withServer({}, async (server) => {
    const message = async (body: unknown) => {
      const response = await post(server, "predict", body);
      expect(response.status).toBe(400);
      return ((await response.json()) as { message: string }).message;
    };
    expect(await message({ text: "The Eagle", rank: 9 })).toContain("from 1 to 8");
    expect(await message({ text: "The Eagle", rank: 0 })).toBe("body/rank must be >= 1");
    expect(await message({ text: "The Eagle", rank: "2" })).toBe("body/rank must be integer");
    expect(await message({ rank: 2 })).toContain("text");
    expect(await message({ text: "" })).toContain("body/text");
    expect(await message({ text: "The Eagle", ranks: 2 })).toContain("additional properties");
  });
});

test("it says what it serves", async () => {
  await withServer({}, async (server) => {
    const get = async (route: string) => (await fetch(`${server.address}${route}`)).json();
    const { name: adapter, kind, labels, maxLength } = model;
    const expected = { adapter, kind, maxRank: 8, labels, maxLength, waiting: 0 };
    expect(await get("/")).toEqual({ ...expected, since: expect.stringMatching(/^20.*Z$/) });
    expect(await get("/health")).toEqual({ status: "ok" });
  });
});

test("a request that is sent by halves is given up, and the server can be closed", async () => {
  await withServer({ requestTimeout: 300 }, async (server) => {
    const { hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname);
    socket.write("POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test("a reload under load: every answer is that of the old adapter or of the new one, and nothing leaks", async () => {
  const before = tf.memory().numTensors;
  const adapter = join(dir, "live");
  await cp(join(examples, "quickstart/adapter"), adapter, { recursive: true });
  const old = (await predicted(8))[0];
  const next = (await predicted(1))[0];
  await withServer(
    { base, maxBatchSize: 2 },
    async (server) => {
      const held = tf.memory().numTensors;
      const seen: number[] = [];
      let loading = true;
      const client = async () => {
        while (loading || seen.at(-1) !== 1) {
          const { logits } = await ask(server, { text: texts[0] });
          const fromOld = distance(logits, old) < 1e-3;
          expect(fromOld || distance(logits, next) < 1e-3).toBe(true);
          seen.push(fromOld ? 0 : 1);
        }
      };
      const clients = [client(), client(), client()];
      await delay(50);
      await server.reload(small);
      loading = false;
      await Promise.all(clients);
      expect(new Set(seen)).toEqual(new Set([0, 1]));
      expect(server.model.name).toBe(small);
      await server.reload(adapter);
      expect(distance((await ask(server, { text: texts[0] })).logits, old)).toBeLessThan(1e-3);
      expect(tf.memory().numTensors).toBe(held);
    },
    adapter,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test("a watched folder is read anew when it changes; a broken adapter leaves the old one in service", async () => {
  const adapter = join(dir, "watched");
  await cp(join(examples, "quickstart/adapter"), adapter, { recursive: true });
  const lines: string[] = [];
  const until = async (pattern: RegExp) => {
    while (!lines.some((line) => pattern.test(line))) await delay(10);
  };
  await withServer(
    { base, watch: 20, log: (line) => void lines.push(line) },
    async (server) => {
      const old = (await ask(server, { text: texts[0] })).logits;
      const weights = join(adapter, "adapter_model.safetensors");
      const whole = await readFile(weights);
      await writeFile(weights, whole.subarray(0, 100));
      await until(/stays/);
      expect((await ask(server, { text: texts[0] })).logits).toEqual(old);
      await cp(small, adapter, { recursive: true, force: true });
      await until(/is in service/);
      const answer = await ask(server, { text: texts[0] });
      expect(distance(answer.logits, (await predicted(1))[0])).toBeLessThan(1e-3);
    },
    adapter,
  );
});

test("a streamed text is the one that generate writes, and texts may be written side by side", async () => {
  const before = tf.memory().numTensors;
  const own = await openAdapter(gpt2Adapter, gpt2);
  const ranks = [1, own.maxRank];
  const expected: string[] = [];
  for (const rank of ranks)
    expected.push((await own.generate({ context }, { rank, maxNewTokens: 12 })).texts[0] as string);
  await withServer(
    {},
    async (server) => {
      const bodies = ranks.flatMap((rank) => [
        { context, rank, max_new_tokens: 12 },
        { context, rank, max_new_tokens: 12, stream: true },
      ]);
      const answers = await Promise.all(bodies.map((body) => post(server, "generate", body).then((r) => r.text())));
      ranks.forEach((rank, at) => {
        expect(JSON.parse(answers[at * 2] as string)).toEqual({ text: expected[at], rank, asked: rank });
        const events = (answers[at * 2 + 1] as string).trim().split("\n\n");
        const data = events.map((event) => JSON.parse(event.replace(/^(event: done\n)?data: /, "")));
        expect(events.at(-1)).toMatch(/^event: done\n/);
        expect(data.at(-1)).toEqual({ text: expected[at], rank, asked: rank });
        const pieces = data.slice(0, -1).map((piece) => piece.text);
        expect(pieces.join("")).toBe(expected[at]);
        expect(pieces.length).toBeGreaterThan(2);
      });
      const wrong = await post(server, "generate", { context, rank: own.maxRank + 1, stream: true });
      expect(wrong.status).toBe(400);
      expect((await post(server, "predict", { text: "A pub." })).status).toBe(404);
    },
    own,
  );
  await own.close();
  expect(tf.memory().numTensors).toBe(before);
});

test("a text that is being written ends with the adapter that began it, and a line is waited in or left", async () => {
  const before = tf.memory().numTensors;
  const lines: string[] = [];
  const options = { ...gpt2, maxGenerating: 1, log: (line: string) => void lines.push(line) };
  await withServer(
    options,
    async (server) => {
      const body = { context, max_new_tokens: 12, stream: true };
      const expected = (await server.model.generate({ context }, { maxNewTokens: 12 })).texts[0] as string;
      const begun = await post(server, "generate", body);
      const gone = new AbortController();
      const left = post(server, "generate", body, gone.signal).then(
        (response) => response.text(),
        () => "left",
      );
      const waits = post(server, "generate", { ...body, stream: false }).then((response) => response.json());
      gone.abort();
      const old = server.model;
      await server.reload();
      expect(server.model).not.toBe(old);
      expect(await begun.text()).toContain(
        `event: done\ndata: ${JSON.stringify({ text: expected, rank: old.maxRank, asked: old.maxRank })}`,
      );
      expect(await waits).toEqual({ text: expected, rank: old.maxRank, asked: old.maxRank });
      expect(await left).toBe("left");
      await expect(server.reload(small)).rejects.toThrow();
      expect(server.waiting).toBe(0);
      expect((await post(server, "generate", { ...body, rank: 99, stream: false })).status).toBe(400);
      expect((await post(server, "generate", { ...body, prompt: "both" })).status).toBe(400);
    },
    gpt2Adapter,
  );
  expect(lines).toContain(`${gpt2Adapter} is in service`);
  expect(tf.memory().numTensors).toBe(before);
});

test("a server's limits hold for a request that asks for nothing: its tokens, and the rank under load", async () => {
  const own = await openAdapter(gpt2Adapter, gpt2);
  const expected = (await own.generate({ context }, { rank: 1, maxNewTokens: 3 })).texts[0] as string;
  const whole = (await own.generate({ context }, { rank: 1 })).texts[0] as string;
  expect(whole.length).toBeGreaterThan(expected.length);
  await withServer(
    { maxNewTokens: 3, maxGenerating: 1, steps: [{ waiting: 1, rank: 1 }] },
    async (server) => {
      const answers = [{ context }, { context, stream: true }].map((body) => post(server, "generate", body));
      const [text, events] = await Promise.all(answers.map((answer) => answer.then((response) => response.text())));
      const answer = { text: expected, rank: 1, asked: own.maxRank };
      expect(JSON.parse(text as string)).toEqual(answer);
      expect(events).toContain(`event: done\ndata: ${JSON.stringify(answer)}`);
      expect((await post(server, "generate", { context, max_new_tokens: 4 })).status).toBe(400);
    },
    own,
  );
  await own.close();
});

test("a client that goes away while its request waits is not computed", async () => {
  const sizes: number[] = [];
  const slow = watched(sizes);
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stalled: TunedModel = {
    ...slow,
    async predict(inputs, options) {
      begin();
      await held;
      return slow.predict(inputs, options);
    },
  };
  await withServer(
    {},
    async (server) => {
      const first = ask(server, { text: "A pub." });
      await begun;
      const gone = new AbortController();
      const left = post(server, "predict", { text: "An inn." }, gone.signal).catch(() => "left");
      while (server.waiting < 1) await delay(5);
      gone.abort();
      while (server.waiting > 0) await delay(5);
      release();
      await first;
      expect([await left, sizes]).toEqual(["left", [1]]);
    },
    stalled,
  );
});

test("a client that goes away stops its generation", async () => {
  const own = await openAdapter(gpt2Adapter, gpt2);
  const before = tf.memory().numTensors;
  let tokens = 0;
  let ended = false;
  const counted: TunedModel = {
    ...own,
    async *generateStream(input, options) {
      try {
        const more = { ...options, minNewTokens: 90, onToken: () => void tokens++ };
        yield* own.generateStream(input, more);
      } finally {
        ended = true;
      }
    },
  };
  await withServer(
    {},
    async (server) => {
      const gone = new AbortController();
      const response = await post(server, "generate", { context, max_new_tokens: 90, stream: true }, gone.signal);
      await response.body?.getReader().read();
      gone.abort();
      while (!ended) await delay(5);
      expect(tokens).toBeLessThan(90);
    },
    counted,
  );
  expect(tf.memory().numTensors).toBe(before);
  await own.close();
});
