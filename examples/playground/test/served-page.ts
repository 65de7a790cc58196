import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

/** A built page that is being served. */
export interface ServedPage {
  /** Its address, ending in `/`. */
  readonly address: string;
  /** Stops serving and removes the files. */
  close(): Promise<void>;
}

/** Builds the page into a folder of its own and serves it. */
export async function servePage(): Promise<ServedPage> {
  const configFile = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
  const outDir = await mkdtemp(join(tmpdir(), "playground-"));
  const common = { configFile, logLevel: "error", mode: "production" } as const;
  await build({ ...common, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("the page is not served");
  return {
    address,
    async close() {
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}
