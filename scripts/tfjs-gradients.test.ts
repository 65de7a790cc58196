import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the committed gradients are those of the tfjs-core that is installed", async () => {
  // Typed here: the script is plain JavaScript.
  const script = new URL("./tfjs-gradients.mjs", import.meta.url).href;
  const { bundleGradients, gradientsFile } = (await import(script)) as {
    bundleGradients(): Promise<string>;
    gradientsFile: string;
  };
  const isFresh = readFileSync(gradientsFile, "utf8") === (await bundleGradients());
  expect(isFresh, "stale: run `node scripts/tfjs-gradients.mjs`").toBe(true);
});
