// Serves an adapter: npm run example rank-per-request [--model DIR] [--adapter DIR] [--port N]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wasmBackend } from "@dylora/backend-wasm";
import { useBackend } from "@dylora/tensor";
import { openClassifier } from "./open-classifier.ts";
import { createServer } from "./server.ts";

const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: "string", default: `${sample}/model` },
    adapter: { type: "string", default: `${sample}/adapter` },
    port: { type: "string", default: "8080" },
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port is ${values.port}; it must be a whole number from 0 (any free port) to 65535`);
  process.exit(2);
}

await useBackend(wasmBackend());
const classifier = await openClassifier(values);
const server = createServer(classifier);
const address = await server.listen({ host: "127.0.0.1", port });
console.log(`listening; try
  curl ${address}/classify -H content-type:application/json -d '{"text": "The Eagle has a low rating.", "rank": 2}'`);

/** Answers what has arrived, then ends; a request that is only half sent is not waited for. */
async function stop(): Promise<void> {
  const impatience = setTimeout(() => server.server.closeAllConnections(), 5_000);
  await server.close();
  clearTimeout(impatience);
  await classifier.close();
}

// Ctrl-C, and what service managers and containers send. A second one ends the process at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
