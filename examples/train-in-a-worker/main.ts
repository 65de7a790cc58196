// A server that trains beside its other work: npm run example train-in-a-worker [-- --port N --out DIR]
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Trainer } from "./trainer.ts";

const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8081" },
    out: { type: "string", default: "runs/train-in-a-worker" },
  },
});
const table = `${sample}/data/train.tsv`;
const trainer = new Trainer({ base: `${sample}/model`, table, text: "text", label: "label", out: values.out });

/** The most steps that one request may ask for: a budget keeps a slip of the keyboard from taking the machine for days. */
const MOST_STEPS = 1000;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const answer = (status: number, body: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  const route = `${request.method} ${pathname}`;
  if (route === "GET /status") return answer(200, trainer.status);
  if (route === "POST /stop") {
    trainer.stop();
    return answer(202, { stopping: true });
  }
  if (route !== "POST /train")
    return answer(404, { error: "there are GET /status, POST /train?steps=N and POST /stop" });
  const steps = Number(searchParams.get("steps"));
  if (!Number.isInteger(steps) || steps < 1 || steps > MOST_STEPS) {
    return answer(400, { error: `steps must be a whole number from 1 to ${MOST_STEPS}` });
  }
  if (!trainer.train(steps)) return answer(409, { error: "it trains already" });
  return answer(202, { training: steps });
});
server.listen(Number(values.port), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening; try\n  curl -X POST "http://127.0.0.1:${port}/train?steps=100"`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    trainer.stop();
    server.close();
  });
}
