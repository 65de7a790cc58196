// Starts the server, asks it the same at several ranks, then many requests at once, and stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer } from "@dylora/serving";

/** Starts `main.ts` in a process of its own on a free port. */
async function startServer(): Promise<{ child: ChildProcess; address: string }> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const text of child.stdout.setEncoding("utf8")) {
    const address = /http:\/\/[\d.:]+/.exec(text)?.[0];
    if (address !== undefined) return { child, address };
  }
  throw new Error("the server did not start");
}

const { child, address } = await startServer();

async function ask(text: string, rank: number): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${address}/predict`, {
    method: "POST",
    headers,
    body: JSON.stringify({ text, rank }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

try {
  const text = "The Rice Boat serves Japanese food by the river. Customers rate it 3 out of 5.";
  for (const rank of [1, 2, 4, 8]) {
    const { label, logits } = await ask(text, rank);
    console.log(`rank ${rank}: ${label} (${logits.map((logit) => logit.toFixed(2)).join(", ")})`);
  }
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: 256 }, () => ask(text, 8)));
  const took = Math.round(performance.now() - started);
  const served = answers.map(({ rank }) => rank);
  const counts = [...new Set(served)].map(
    (rank) => `${served.filter((other) => other === rank).length} at rank ${rank}`,
  );
  console.log(`256 requests at once, all for rank 8: ${counts.join(", ")}; ${took} ms`);
} finally {
  child.kill("SIGINT");
  await once(child, "exit");
}
