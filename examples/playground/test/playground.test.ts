import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { wasmBackend } from "@dylora/backend-wasm";
import { decodePeftAdapter } from "@dylora/io";
import { useBackend } from "@dylora/tensor";
import { unzipSync } from "fflate";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBrowser } from "./find-browser.ts";
import { referenceLogits, referenceTexts } from "./reference.ts";
import { type ServedPage, servePage } from "./served-page.ts";

const executablePath = findBrowser();
const title = executablePath === undefined ? "playground (skipped: no Chromium here; set CHROMIUM_PATH)" : "playground";

describe.skipIf(executablePath === undefined)(title, () => {
  let served: ServedPage;
  let browser: Browser;
  beforeAll(async () => {
    served = await servePage();
    browser = await chromium.launch({ executablePath: executablePath as string, args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  /** Opens the page in a fresh context; whatever the browser complains of fails the test. */
  async function withPage(
    use: (page: Page) => Promise<void>,
    { query = "?backend=wasm", ...options }: BrowserContextOptions & { query?: string } = {},
  ): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("response", (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(served.address + query);
      await use(page);
    } finally {
      await context.close();
    }
    expect(complaints).toEqual([]);
  }

  const answered = (page: Page) => page.locator('#answer[aria-busy="false"]');
  const chooseModel = (page: Page, name: "rating" | "writing") => page.check(`input[value="${name}"]`);

  /** Logits on the page, to all their digits. */
  async function shownLogits(page: Page): Promise<number[]> {
    const cells = answered(page).locator("[data-logit]");
    await cells.first().waitFor();
    return Promise.all((await cells.all()).map(async (cell) => Number(await cell.getAttribute("data-logit"))));
  }

  /** Moves the slider with the keyboard, and waits for the answer at that rank. */
  async function slideTo(page: Page, rank: number): Promise<void> {
    const slider = page.locator("#rank");
    await slider.focus();
    await page.keyboard.press("Home");
    for (let at = 1; at < rank; at++) await page.keyboard.press("ArrowRight");
    expect(await slider.inputValue()).toBe(String(rank));
    await page.locator("#spoken", { hasText: `Rank ${rank}:` }).waitFor();
    await answered(page).waitFor();
  }

  async function startTraining(page: Page, steps: number): Promise<void> {
    await page.click("#tab-train");
    await page.fill("#steps", String(steps));
    await page.click("#train:enabled");
  }

  /** Trains to the end; the loss of each rank on the lines held back. */
  async function train(page: Page, steps: number): Promise<number[]> {
    await startTraining(page, steps);
    await page.locator("#train-status", { hasText: `Done after ${steps} step` }).waitFor({ timeout: 100_000 });
    return (await page.locator("#curve-table tbody td").allTextContents()).map(Number);
  }

  test("sliding answers at each rank as the library does, and says what the rank uses", async () => {
    await useBackend(wasmBackend());
    await withPage(async (page) => {
      await answered(page).waitFor();
      const text = await page.inputValue("#text");
      const expected = await referenceLogits(text, [1, 2, 5, 8]);
      for (const [index, rank] of [1, 2, 5, 8].entries()) {
        await slideTo(page, rank);
        const shown = await shownLogits(page);
        const off = shown.map((logit, id) => Math.abs(logit - (expected[index]?.[id] ?? Number.NaN)));
        expect(Math.max(...off)).toBeLessThan(1e-3);
        expect(await page.textContent("#rank-value")).toBe(`${rank} of 8`);
        // Three layers, query and value, 128 in and out; the head has 128 * 128 + 128 + 7 * 128 + 7.
        const used = (rank * 3 * 2 * 256 + 17_415).toLocaleString("en");
        expect(await page.textContent("#parameters")).toBe(`${used} of 29,703, 17,415 of them the head`);
        expect(await page.textContent("#speed")).toMatch(/^\d+\.\d\d ms \(\d+ tokens\)$/);
      }
    });
  });

  test("WebGPU answers and trains too", async (context) => {
    // Software stands in for the GPU, so that any machine can run this.
    const args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
    const withGpu = await chromium.launch({ executablePath: executablePath as string, args });
    try {
      const page = await withGpu.newPage();
      await page.goto(`${served.address}?backend=webgpu`);
      await page.locator("#backend", { hasText: /Backend: webgpu|No backend/ }).waitFor();
      if ((await page.textContent("#backend"))?.startsWith("No backend")) context.skip("this Chromium has no WebGPU");
      await answered(page).waitFor({ timeout: 60_000 });
      await slideTo(page, 2);
      const [expected = []] = await referenceLogits(await page.inputValue("#text"), [2]);
      const shown = await shownLogits(page);
      expect(Math.max(...shown.map((logit, id) => Math.abs(logit - (expected[id] ?? Number.NaN))))).toBeLessThan(1e-3);
      await page.click("#tab-train");
      await page.fill("#lines", "good food\tyes\nbad food\tno\nfine\tyes\npoor\tno\ngreat\tyes\n");
      expect(await train(page, 1)).toHaveLength(8);
    } finally {
      await withGpu.close();
    }
  }, 120_000);

  test("GPT-2 writes at each rank what the library writes", async () => {
    await useBackend(wasmBackend());
    await withPage(async (page) => {
      await answered(page).waitFor();
      await chooseModel(page, "writing");
      await answered(page).locator(".written").waitFor();
      const expected = await referenceTexts(await page.inputValue("#text"), [1, 8]);
      for (const [index, rank] of [1, 8].entries()) {
        await slideTo(page, rank);
        expect(await answered(page).textContent()).toBe(expected[index]);
      }
      expect(expected[0]).not.toBe(expected[1]);
    });
  });

  for (const [model, ranks] of [
    ["rating", [1, 4, 8]],
    ["writing", [2, 8]],
  ] as const) {
    test(`trains 20 steps on ${model}, downloads, reloads, and answers the same`, async () => {
      await withPage(
        async (page) => {
          await answered(page).waitFor();
          await chooseModel(page, model);
          const early = await train(page, 1);
          const late = await train(page, 20);
          expect(late).toHaveLength(8);
          for (const [index, loss] of late.entries()) expect(loss).toBeLessThan(early[index] ?? Number.NaN);
          expect(await page.textContent("#adapter")).toBe("Adapter: ranks 1 to 8, trained here, 20 steps.");

          await page.click("#tab-try");
          const answers: string[] = [];
          const answerAt = async (rank: number): Promise<string> => {
            await slideTo(page, rank);
            return model === "rating" ? (await shownLogits(page)).join() : ((await answered(page).textContent()) ?? "");
          };
          for (const rank of ranks) answers.push(await answerAt(rank));
          expect(new Set(answers).size).toBeGreaterThan(1);

          const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-all")]);
          expect(download.suggestedFilename()).toBe(`dylora-${model}-rank-8.zip`);
          const zip = await download.path();
          const peft = await decodePeftAdapter(new Map(Object.entries(unzipSync(await readFile(zip)))));
          expect(peft.config.r).toBe(8);

          await page.reload();
          await answered(page).waitFor();
          await page.setInputFiles("#load", {
            name: "mine.zip",
            mimeType: "application/zip",
            buffer: await readFile(zip),
          });
          await page.locator("#adapter", { hasText: "from mine.zip" }).waitFor();
          for (const [index, rank] of ranks.entries()) expect(await answerAt(rank)).toBe(answers[index]);
        },
        { acceptDownloads: true },
      );
    }, 120_000);
  }

  test("a rank alone is downloaded as an adapter of that rank, equal to the slider's", async () => {
    await withPage(async (page) => {
      await answered(page).waitFor();
      await slideTo(page, 3);
      const before = await shownLogits(page);
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-rank")]);
      await page.setInputFiles("#load", await download.path());
      await page.locator("#adapter", { hasText: "ranks 1 to 3" }).waitFor();
      expect(await page.textContent("#rank-value")).toBe("3 of 3");
      await expect.poll(() => shownLogits(page)).toEqual(before);
    });
  });

  test("training can be stopped, and what was trained is in use", async () => {
    await withPage(async (page) => {
      await answered(page).waitFor();
      await startTraining(page, 5000);
      await page.waitForFunction("document.querySelector('#progress').value >= 3", undefined, { timeout: 60_000 });
      await page.click("#stop");
      await page.locator("#train-status", { hasText: "Stopped after" }).waitFor();
      const steps = Number(/after (\d+) steps/.exec((await page.textContent("#train-status")) ?? "")?.[1]);
      expect(steps).toBeGreaterThanOrEqual(3);
      expect(steps).toBeLessThan(5000);
      expect(await page.textContent("#adapter")).toContain(`trained here, ${steps} steps`);
      expect(await page.isEnabled("#train")).toBe(true);
    });
  }, 90_000);

  test("bad lines and files are refused, saying what is wrong", async () => {
    await withPage(async (page) => {
      await answered(page).waitFor();
      await page.click("#tab-train");
      const refused = async (lines: string): Promise<string> => {
        await page.fill("#lines", lines);
        await page.click("#train:enabled");
        await page.locator("#train-status", { hasText: "Training failed" }).waitFor();
        const status = (await page.textContent("#train-status")) ?? "";
        await page.locator("#train:enabled").waitFor();
        return status;
      };
      expect(await refused("good\tyes\nno label\n")).toContain("line 2 must be a sentence, a tab and its class");
      expect(await refused("a\tx\nb\tx\nc\tx\nd\tx\ne\tx\n")).toContain("at least two classes");
      await page.setInputFiles("#load", { name: "a.zip", mimeType: "application/zip", buffer: Buffer.from("no zip") });
      await page.locator("#file-status", { hasText: "a.zip could not be loaded" }).waitFor();
    });
  });

  test("without a backend the page says what it needs", async () => {
    const context = await browser.newContext();
    try {
      // A browser with neither: both are taken from the worker before its script begins.
      await context.route(/\/assets\/main-.*\.js$/, async (route) => {
        const response = await route.fetch();
        const gone = "delete globalThis.WebAssembly; delete WorkerNavigator.prototype.gpu;\n";
        await route.fulfill({ response, body: gone + (await response.text()) });
      });
      const page = await context.newPage();
      await page.goto(served.address);
      await page.locator("#backend", { hasText: "No backend runs here" }).waitFor();
      const problem = await page.textContent("#problem");
      expect(problem).toContain("This page needs WebGPU or WebAssembly");
      expect(problem).toContain("this browser offers no WebGPU");
      expect(problem).toContain("WebAssembly is missing");
      expect(await page.isDisabled("#rank")).toBe(true);
    } finally {
      await context.close();
    }
  });

  test("nothing that axe checks for accessibility is wrong, light or dark, and tabs work by keyboard", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const colorScheme of ["light", "dark"] as const) {
      await withPage(
        async (page) => {
          await answered(page).waitFor();
          const violations = async (): Promise<string[]> => {
            await page.evaluate(axe);
            const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>("axe.run()");
            return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
          };
          expect(await violations()).toEqual([]);
          await page.focus("#tab-try");
          await page.keyboard.press("ArrowRight");
          expect(await page.isVisible("#panel-train")).toBe(true);
          expect(await page.isVisible("#panel-try")).toBe(false);
          expect(await violations()).toEqual([]);
        },
        { colorScheme },
      );
    }
  });

  test("nothing is wider than a phone", async () => {
    await withPage(
      async (page) => {
        await answered(page).waitFor();
        const width = () => page.evaluate("document.documentElement.scrollWidth");
        expect(await width()).toBeLessThanOrEqual(360);
        await train(page, 1);
        expect(await width()).toBeLessThanOrEqual(360);
      },
      { viewport: { width: 360, height: 740 } },
    );
  });
});
