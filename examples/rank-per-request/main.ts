// Serves an adapter: npm run example rank-per-request [--model DIR] [--adapter DIR] [--port N]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "@dylora/serving";

const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: "string", default: `${sample}/model` },
    adapter: { type: "string", default: `${sample}/adapter` },
    port: { type: "string", default: "8080" },
  },
});
const server = await serve(values.adapter, {
  base: values.model,
  backend: "wasm",
  port: Number(values.port),
  watch: true,
  steps: [
    { waiting: 16, rank: 4 },
    { waiting: 64, rank: 1 },
  ],
  log: console.error,
});
console.log(`listening; try
  curl ${server.address}/predict -H content-type:application/json -d '{"text": "The Eagle has a low rating.", "rank": 2}'`);

// Ctrl-C, and what service managers and containers send. A second one ends the process at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.close());
