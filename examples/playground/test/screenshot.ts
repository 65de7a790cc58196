// Draws docs/figures/playground.png and playground-train.png: pnpm --dir examples/playground screenshot
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findBrowser } from "./find-browser.ts";
import { servePage } from "./served-page.ts";

const executablePath = findBrowser();
if (executablePath === undefined) {
  console.error("there is no Chromium here; set CHROMIUM_PATH to one");
  process.exit(2);
}
const figure = (name: string): string => fileURLToPath(new URL(`../../../docs/figures/${name}.png`, import.meta.url));

const served = await servePage();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 820, height: 600 }, colorScheme: "light" });
await page.goto(`${served.address}?backend=wasm`);
await page.locator('#right .answer[aria-busy="false"] table').waitFor();
await page.locator('#left .answer[aria-busy="false"] table').waitFor();
await page.locator("#panel-try").screenshot({ path: figure("playground") });

await page.setViewportSize({ width: 1024, height: 600 });
await page.click("#tab-train");
await page.click('#train[aria-disabled="false"]');
await page.locator("#train-status", { hasText: "Done after" }).waitFor({ timeout: 120_000 });
await page.locator("#panel-train .charts").screenshot({ path: figure("playground-train") });
await browser.close();
await served.close();
