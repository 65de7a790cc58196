import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { sequentialBatches } from "@dylora/data";
import { useBackend } from "@dylora/tensor";
import { predict } from "@dylora/trainer";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Batcher } from "./batcher.ts";
import { rankUnderLoad } from "./load-policy.ts";
import { type Classifier, openClassifier } from "./open-classifier.ts";
import { type Answer, createServer, type ServerOptions } from "./server.ts";

const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const texts = [
  "The Eagle is a cheap pub with a low customer rating.",
  "Customers give The Mill 5 out of 5.",
  "The Rice Boat serves Japanese food by the river, near Café Rouge; its customer rating is 3 out of 5.",
  "A pub in the city centre.",
];

let classifier: Classifier;
beforeAll(async () => {
  await useBackend(wasmBackend());
  classifier = await openClassifier({ model: `${sample}/model`, adapter: `${sample}/adapter` });
});
afterAll(() => classifier.close());

/** Logits of each text by rank, as `predict` computes them one text at a time. */
async function predicted(rank: number): Promise<number[][]> {
  const encoded = texts.map((text) => ({ inputIds: classifier.encode(text) }));
  const data = sequentialBatches(encoded, { batchSize: 1, padId: classifier.padId });
  const { logits, classes } = await predict(classifier.adapted, data, { view: { rank } });
  return texts.map((_, i) => [...logits.slice(i * classes, (i + 1) * classes)]);
}

async function withServer(options: ServerOptions, use: (address: string) => Promise<void>): Promise<void> {
  const server = createServer(classifier, options);
  try {
    await use(await server.listen({ host: "127.0.0.1", port: 0 }));
  } finally {
    await server.close();
  }
}

function post(address: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${address}/classify`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(address: string, body: unknown): Promise<Answer> {
  const response = await post(address, body);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

test("mixed ranks asked at once are answered as predict answers at each rank", async () => {
  const tensors = tf.memory().numTensors;
  await withServer({ steps: [] }, async (address) => {
    const ranks = [1, 2, 3, 5, 8];
    const asked = ranks.flatMap((rank) => texts.map((text, i) => ({ rank, text, i })));
    const answers = await Promise.all(asked.map(({ rank, text }) => ask(address, { text, rank })));
    for (const rank of ranks) {
      const expected = await predicted(rank);
      answers.forEach((answer, place) => {
        const { rank: own, i } = asked[place] as (typeof asked)[number];
        if (own !== rank) return;
        expect(answer.rank).toBe(rank);
        expect(distance(answer.logits, expected[i] as number[])).toBeLessThan(1e-3);
        expect(answer.label).toBe(classifier.labels[answer.logits.indexOf(Math.max(...answer.logits))]);
      });
    }
  });
  // What the ranks answer differs by more than the tolerance above.
  expect(distance((await predicted(1))[0] as number[], (await predicted(8))[0] as number[])).toBeGreaterThan(0.01);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("without a rank the highest answers", async () => {
  await withServer({}, async (address) => {
    const { rank, asked, logits } = await ask(address, { text: texts[1] });
    expect([rank, asked]).toEqual([8, 8]);
    expect(distance(logits, (await predicted(8))[1] as number[])).toBeLessThan(1e-3);
  });
});

test("under load ranks are lowered, and each answer is the one of its rank", async () => {
  const batcher = new Batcher(classifier, { batchSize: 4, steps: [{ waiting: 6, rank: 2 }] });
  const inputIds = classifier.encode(texts[2] as string);
  const answers = await Promise.all(Array.from({ length: 12 }, () => batcher.classify(inputIds, 8)));
  // Batches of 4 see 12, 8 and 4 requests waiting.
  expect(answers.map(({ rank }) => rank)).toEqual([...Array(8).fill(2), ...Array(4).fill(8)]);
  const expected = { 2: await predicted(2), 8: await predicted(8) };
  for (const { rank, logits } of answers) {
    expect(distance([...logits], expected[rank as 2 | 8][2] as number[])).toBeLessThan(1e-3);
  }
});

test("an answer says that its rank was lowered", async () => {
  await withServer({ steps: [{ waiting: 1, rank: 2 }] }, async (address) => {
    const { rank, asked } = await ask(address, { text: texts[0], rank: 8 });
    expect([rank, asked]).toEqual([2, 8]);
  });
});

test("a request that cannot be computed fails alone", async () => {
  const batcher = new Batcher(classifier, { batchSize: 4, steps: [] });
  await expect(batcher.classify([0, 999_999, 2], 8)).rejects.toThrow();
  expect((await batcher.classify(classifier.encode("A pub."), 8)).rank).toBe(8);
});

test("load never raises a rank", () => {
  const steps = [
    { waiting: 16, rank: 4 },
    { waiting: 64, rank: 1 },
  ];
  expect([1, 15, 16, 63, 64].map((waiting) => rankUnderLoad(8, waiting, steps))).toEqual([8, 8, 4, 4, 1]);
  expect(rankUnderLoad(2, 20, steps)).toBe(2);
});

test("a queue that is full sends requests away", async () => {
  await withServer({ mostWaiting: 0 }, async (address) => {
    const response = await post(address, { text: "The Eagle" });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
  });
});

test("bad requests are refused, saying what is wrong", async () => {
  await withServer({}, async (address) => {
    const message = async (body: unknown) => {
      const response = await post(address, body);
      expect(response.status).toBe(400);
      return ((await response.json()) as { message: string }).message;
    };
    expect(await message({ text: "The Eagle", rank: 9 })).toBe("body/rank must be <= 8");
    expect(await message({ text: "The Eagle", rank: 0 })).toBe("body/rank must be >= 1");
    expect(await message({ text: "The Eagle", rank: "2" })).toBe("body/rank must be integer");
    expect(await message({ rank: 2 })).toContain("text");
    expect(await message({ text: "" })).toContain("body/text");
    expect(await message({ text: "The Eagle", ranks: 2 })).toContain("additional properties");
  });
});

test("a request that is sent by halves is given up, and the server can be closed", async () => {
  await withServer({ requestTimeout: 300 }, async (address) => {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /classify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the server, whatever a client has left unsent", async (signal) => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@dylora/source", main, "--port", "0"], {
    // Where tsx is found.
    cwd: import.meta.dirname,
  });
  let said = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    said += chunk;
    if (/:\d+\/classify/.test(said)) break;
  }
  const [, port] = /:(\d+)\/classify/.exec(said) ?? [];
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("POST /classify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
  await setTimeout(200);
  const ended = once(child, "exit");
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
});
