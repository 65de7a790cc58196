// Starts the server, trains two budgets of one run, and asks for the status all the while. Fails where one was not answered.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Status } from "./trainer.ts";

const folder = await mkdtemp(join(tmpdir(), "dylora-worker-"));

async function startServer(): Promise<{ child: ChildProcess; address: string }> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, "--port", "0", "--out", join(folder, "run")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const text of child.stdout.setEncoding("utf8")) {
    const address = /http:\/\/[\d.:]+/.exec(text)?.[0];
    if (address !== undefined) return { child, address };
  }
  throw new Error("the server did not start");
}

/** Asks a server for so many more steps, and for the status until they are taken. */
async function train(address: string, budget: number): Promise<Status> {
  const { status: code } = await fetch(`${address}/train?steps=${budget}`, { method: "POST" });
  if (code !== 202) throw new Error(`the server answered ${code}`);
  let answered = 0;
  let slowest = 0;
  while (true) {
    const asked = performance.now();
    const status = (await (await fetch(`${address}/status`)).json()) as Status;
    slowest = Math.max(slowest, performance.now() - asked);
    answered += 1;
    if (!status.running) {
      if (status.problem !== undefined) throw new Error(status.problem);
      const meanwhile = `${answered} answers meanwhile, the slowest ${slowest.toFixed(0)} ms`;
      console.log(`step ${status.step}, loss ${status.loss?.toFixed(3)}; ${meanwhile}`);
      return status;
    }
    await setTimeout(20);
  }
}

/** Starts a server, trains the budgets one after the other, and stops it. */
async function served(...budgets: readonly number[]): Promise<number> {
  const { child, address } = await startServer();
  try {
    let step = 0;
    for (const budget of budgets) ({ step } = await train(address, budget));
    const wrong = await fetch(`${address}/train?steps=0`, { method: "POST" });
    if (wrong.status !== 400) throw new Error(`a budget of 0 got ${wrong.status}`);
    return step;
  } finally {
    child.kill("SIGINT");
    await once(child, "exit");
  }
}

try {
  const first = await served(4, 4);
  // A server that is started anew goes on with the run in the folder.
  const second = await served(2);
  if (first !== 8 || second !== 10) throw new Error(`steps ${first} and ${second} in place of 8 and 10`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
