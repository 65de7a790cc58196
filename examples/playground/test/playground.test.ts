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

  const column = (page: Page, place: "left" | "right") => page.locator(`#${place}`);
  const answered = (page: Page, place: "left" | "right" = "right") =>
    column(page, place).locator('.answer[aria-busy="false"]');
  const ready = async (page: Page) => {
    await answered(page, "left").locator("table, .written").waitFor();
    await answered(page, "right").locator("table, .written").waitFor();
  };
  const chooseModel = (page: Page, name: "rating" | "writing") => page.check(`input[value="${name}"]`);
  const chosenAdapter = (page: Page) => page.locator("#adapter option:checked").textContent();

  /** Logits on the page, to all their digits. */
  async function shownLogits(page: Page, place: "left" | "right" = "left"): Promise<number[]> {
    const cells = answered(page, place).locator("[data-logit]");
    await cells.first().waitFor();
    return Promise.all((await cells.all()).map(async (cell) => Number(await cell.getAttribute("data-logit"))));
  }

  /** Moves a slider with the keyboard, and waits for the answer at that rank. */
  async function slideTo(page: Page, rank: number, place: "left" | "right" = "left"): Promise<void> {
    const slider = page.locator(`#rank-${place}`);
    await slider.focus();
    await page.keyboard.press("Home");
    for (let at = 1; at < rank; at++) await page.keyboard.press("ArrowRight");
    expect(await slider.inputValue()).toBe(String(rank));
    await column(page, place)
      .locator(".spoken", { hasText: `Rank ${rank}:` })
      .waitFor();
    await answered(page, place).waitFor();
  }

  async function startTraining(page: Page, steps: number): Promise<void> {
    await page.click("#tab-train");
    await page.fill("#steps", String(steps));
    await page.click('#train[aria-disabled="false"]');
  }

  /** Trains to the end; the loss of each rank on the lines held back. */
  async function train(page: Page, steps: number): Promise<number[]> {
    await startTraining(page, steps);
    await page.locator("#train-status", { hasText: `Done after ${steps} step` }).waitFor({ timeout: 100_000 });
    return (await page.locator("#curve-table tbody tr td:nth-child(2)").allTextContents()).map(Number);
  }

  test("sliding answers at each rank as the library does, beside another rank, and says what the rank uses", async () => {
    await useBackend(wasmBackend());
    await withPage(async (page) => {
      await ready(page);
      const text = await page.inputValue("#text");
      const expected = await referenceLogits(text, [1, 2, 5, 8]);
      const expectAt = async (index: number, place: "left" | "right") => {
        const shown = await shownLogits(page, place);
        const off = shown.map((logit, id) => Math.abs(logit - (expected[index]?.[id] ?? Number.NaN)));
        expect(Math.max(...off)).toBeLessThan(1e-3);
      };
      // Rank 1 beside rank 8, from the first moment.
      await expectAt(0, "left");
      await expectAt(3, "right");
      for (const [index, rank] of [1, 2, 5, 8].entries()) {
        await slideTo(page, rank);
        await expectAt(index, "left");
        await expectAt(3, "right");
        const left = column(page, "left");
        expect(await left.locator("output").textContent()).toBe(`${rank} of 8`);
        // Three layers, query and value, 128 in and out; the head has 128 * 128 + 128 + 7 * 128 + 7.
        const used = (rank * 3 * 2 * 256 + 17_415).toLocaleString("en");
        expect(await left.locator(".parameters").textContent()).toBe(`${used} of 29,703, 17,415 of them the head`);
        expect(await left.locator(".speed").textContent()).toMatch(/^\d+\.\d\d ms \(\d+ tokens\)$/);
      }
      await slideTo(page, 5, "right");
      await expectAt(2, "right");
      await expectAt(3, "left");
    });
  });

  test("an empty text has no counts, and a long one says how much of it is not read", async () => {
    await withPage(async (page) => {
      await ready(page);
      await page.fill("#text", "");
      for (const place of ["left", "right"] as const) {
        await column(page, place).locator(".speed", { hasText: /^–$/ }).waitFor();
        expect(await column(page, place).locator(".parameters").textContent()).toBe("–");
        expect(await column(page, place).locator("table").count()).toBe(0);
      }
      await page.fill("#text", "The food is good. ".repeat(100));
      await page.locator("#text-note", { hasText: /the last \d+ tokens of it are not read/ }).waitFor();
      await page.fill("#text", "The food is good.");
      await page.locator("#text-note").waitFor({ state: "hidden" });
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
      await page.fill("#lines", "good food => yes\nbad food => no\nfine => yes\npoor => no\ngreat => yes\n");
      expect(await train(page, 1)).toHaveLength(8);
    } finally {
      await withGpu.close();
    }
  }, 120_000);

  test("GPT-2 writes at each rank what the library writes, and its first answer is true to the data", async () => {
    await useBackend(wasmBackend());
    await withPage(async (page) => {
      await ready(page);
      await chooseModel(page, "writing");
      await answered(page, "right").locator(".written").waitFor();
      const expected = await referenceTexts(await page.inputValue("#text"), [1, 8]);
      const shown = (place: "left" | "right") => answered(page, place).locator(".written").textContent();
      await answered(page, "left").locator(".values").waitFor();
      expect([await shown("left"), await shown("right")]).toEqual(expected);
      expect(expected[0]).not.toBe(expected[1]);
      expect(await answered(page, "right").locator(".values").textContent()).toBe(
        "Every value of the data stands in the text.",
      );
      await slideTo(page, 8, "left");
      expect(await shown("left")).toBe(expected[1]);
    });
  });

  for (const [model, ranks] of [
    ["rating", [1, 4, 8]],
    ["writing", [2, 8]],
  ] as const) {
    test(`trains 20 steps on ${model}; after a reload it is still there, and its download answers the same`, async () => {
      await withPage(
        async (page) => {
          await ready(page);
          await chooseModel(page, model);
          const early = await train(page, 1);
          const late = await train(page, 20);
          expect(late).toHaveLength(8);
          for (const [index, loss] of late.entries()) expect(loss).toBeLessThan(early[index] ?? Number.NaN);
          expect(await chosenAdapter(page)).toMatch(/^Trained here, 20 steps, /);
          // Whether a class is right can be said where there are classes.
          expect(await page.isVisible("#accuracy-figure")).toBe(model === "rating");

          await page.click("#tab-try");
          const answerAt = async (rank: number): Promise<string> => {
            await slideTo(page, rank);
            if (model === "rating") return (await shownLogits(page)).join();
            return (await answered(page, "left").locator(".written").textContent()) ?? "";
          };
          const answers: string[] = [];
          for (const rank of ranks) answers.push(await answerAt(rank));
          expect(new Set(answers).size).toBeGreaterThan(1);

          const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-all")]);
          expect(download.suggestedFilename()).toBe(`dylora-${model}-rank-8.zip`);
          const zip = await download.path();
          const peft = await decodePeftAdapter(new Map(Object.entries(unzipSync(await readFile(zip)))));
          expect(peft.config.r).toBe(8);

          await page.reload();
          await ready(page);
          expect(await chosenAdapter(page)).toMatch(/^Trained here, 20 steps, /);
          expect(await page.isChecked(`input[value="${model}"]`)).toBe(true);
          for (const [index, rank] of ranks.entries()) expect(await answerAt(rank)).toBe(answers[index]);

          await page.setInputFiles("#load", {
            name: "mine.zip",
            mimeType: "application/zip",
            buffer: await readFile(zip),
          });
          await page.locator("#file-status", { hasText: "mine.zip is in use." }).waitFor();
          expect(await chosenAdapter(page)).toMatch(/^mine\.zip, /);
          for (const [index, rank] of ranks.entries()) expect(await answerAt(rank)).toBe(answers[index]);
        },
        { acceptDownloads: true },
      );
    }, 240_000);
  }

  test("training replaces nothing: the adapters from before are in the list, and can be deleted", async () => {
    await withPage(async (page) => {
      await ready(page);
      const names = async () => (await page.locator("#adapter option").allTextContents()).map((name) => name.replace(/, \d+ .*/, "").trim()); // biome-ignore format: short
      const first = await shownLogits(page, "right");
      await train(page, 1);
      await page.click("#tab-try");
      await expect.poll(() => shownLogits(page, "right")).not.toEqual(first);
      expect(await names()).toEqual(["Comes with the page", "Trained here"]);
      await page.selectOption("#adapter", { label: "Comes with the page" });
      await expect.poll(() => shownLogits(page, "right")).toEqual(first);
      await page.selectOption("#adapter", { index: 1 });
      await expect.poll(() => shownLogits(page, "right")).not.toEqual(first);
      page.once("dialog", (dialog) => void dialog.accept());
      await page.click("#forget");
      await expect.poll(names).toEqual(["Comes with the page"]);
      await page.reload();
      await ready(page);
      expect(await names()).toEqual(["Comes with the page"]);
      expect(await shownLogits(page, "right")).toEqual(first);
    });
  }, 60_000);

  test("an adapter that diverged is said to have, is not put to use, and what was in use still answers", async () => {
    await withPage(async (page) => {
      await ready(page);
      const before = await shownLogits(page, "right");
      await page.click("#tab-train");
      const lines = Array.from({ length: 40 }, (_, row) => `visit ${row} was ${row % 3} => ${row % 2 ? "a" : "b"}`);
      await page.fill("#lines", lines.join("\n"));
      await page.fill("#rate", "0.1");
      await page.fill("#steps", "40");
      await page.click("#train");
      await page.locator("#train-problem", { hasText: "The training diverged" }).waitFor({ timeout: 60_000 });
      expect(await page.getAttribute("#train-problem", "role")).toBe("alert");
      expect(await page.textContent("#train-problem")).toContain("The adapter from before stays in use.");
      expect(await chosenAdapter(page)).toBe("Comes with the page");
      await page.click("#tab-try");
      expect(await shownLogits(page, "right")).toEqual(before);
    });
  }, 90_000);

  test("a rank alone is downloaded as an adapter of that rank, equal to the slider's", async () => {
    await withPage(async (page) => {
      await ready(page);
      await slideTo(page, 3);
      const before = await shownLogits(page);
      await page.selectOption("#download-rank-value", "3");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-rank")]);
      await page.setInputFiles("#load", await download.path());
      await page.locator("#adapter-status", { hasText: "every rank from 1 to 3" }).waitFor();
      expect(await column(page, "right").locator("output").textContent()).toBe("3 of 3");
      await expect.poll(() => shownLogits(page, "right")).toEqual(before);
    });
  });

  test("training can be stopped, what was trained is in use, and the page asks before it is left meanwhile", async () => {
    await withPage(async (page) => {
      await ready(page);
      await startTraining(page, 5000);
      await page.waitForFunction("document.querySelector('#progress').value >= 3", undefined, { timeout: 60_000 });
      const asked = page.waitForEvent("dialog");
      const leaving = page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe("beforeunload");
      await dialog.dismiss();
      await leaving;
      // Another model would take the place of what is being trained.
      await page.locator('input[value="writing"]').click();
      await page.locator("#adapter-problem", { hasText: "The page is training." }).waitFor();
      expect(await page.isChecked('input[value="rating"]')).toBe(true);
      await page.click("#stop");
      await page.locator("#train-status", { hasText: "Stopped after" }).waitFor();
      const steps = Number(/after (\d+) steps/.exec((await page.textContent("#train-status")) ?? "")?.[1]);
      expect(steps).toBeGreaterThanOrEqual(3);
      expect(steps).toBeLessThan(5000);
      expect(await chosenAdapter(page)).toContain(`Trained here, ${steps} steps`);
      expect(await page.isHidden("#adapter-problem")).toBe(true);
    });
  }, 90_000);

  test("with the keyboard alone, on a phone in the dark: trained, reloaded, and no focus is lost", async () => {
    await withPage(
      async (page) => {
        await ready(page);
        const focused = () => page.evaluate<string>("document.activeElement?.id || document.activeElement?.tagName");
        const tabTo = async (id: string): Promise<void> => {
          for (let presses = 0; presses < 40; presses++) {
            if ((await focused()) === id) return;
            await page.keyboard.press("Tab");
          }
          throw new Error(`#${id} cannot be reached`);
        };
        await tabTo("tab-try");
        await page.keyboard.press("ArrowRight");
        expect(await focused()).toBe("tab-train");
        await tabTo("lines");
        await page.keyboard.press("Control+a");
        await page.keyboard.type("good food, yes\nbad food, no\nfine, yes\npoor, no\ngreat, yes\nawful, no");
        await page.locator("#lines-status", { hasText: "6 lines, 2 classes: yes (3), no (3)." }).waitFor();
        await tabTo("steps");
        await page.keyboard.press("Control+a");
        await page.keyboard.type("2");
        await tabTo("train");
        await page.keyboard.press("Enter");
        await page.locator("#train-status", { hasText: "Done after 2 steps." }).waitFor({ timeout: 60_000 });
        expect(await focused()).toBe("train");
        await page.reload();
        await ready(page);
        expect(await chosenAdapter(page)).toMatch(/^Trained here, 2 steps, /);
        expect(await answered(page).locator("tbody th").allTextContents()).toEqual(["no", "yes"]);
        await tabTo("adapter");
        await page.keyboard.press("ArrowUp");
        await page.locator("#right tbody tr:nth-child(7)").waitFor();
        expect(await focused()).toBe("adapter");
        await page.keyboard.press("Shift+Tab");
        await page.keyboard.press("ArrowDown");
        await answered(page).locator(".written").waitFor();
        expect(await page.evaluate("document.activeElement?.value")).toBe("writing");
      },
      { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
    );
  }, 90_000);

  test("a file of lines is opened or dropped, and what is in it is said", async () => {
    await withPage(async (page) => {
      await ready(page);
      await page.click("#tab-train");
      const csv = `text,label\n${Array.from({ length: 8 }, (_, row) => `"Case ${row}, again",${row % 2 ? "login" : "billing"}`).join("\n")}\n`;
      const file = { name: "tickets.csv", mimeType: "text/csv", buffer: Buffer.from(csv) };
      await page.setInputFiles("#data-file", file);
      await page
        .locator("#lines-status", { hasText: "tickets.csv: 8 lines, 2 classes: billing (4), login (4)." })
        .waitFor();
      await page.fill("#lines", "");
      await page.evaluate(`{
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([${JSON.stringify(csv)}], "dropped.csv"));
        document.getElementById("lines").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
      }`);
      await page.locator("#lines-status", { hasText: "dropped.csv: 8 lines" }).waitFor();
      await page.setInputFiles("#data-file", { ...file, name: "a.csv", buffer: Buffer.from([0xff, 0xfe, 0x00]) });
      await page.locator("#lines-problem", { hasText: "a.csv was not opened: It is no text in UTF-8." }).waitFor();
    });
  });

  test("bad lines and files are refused, saying what is wrong; an error of before is gone when it is over", async () => {
    await withPage(async (page) => {
      await ready(page);
      await page.click("#tab-train");
      const refused = async (lines: string): Promise<string> => {
        await page.fill("#lines", lines);
        await page.click('#train[aria-disabled="false"]');
        await page.locator("#train-problem", { hasText: "Training has not begun" }).waitFor();
        return (await page.textContent("#lines-problem")) ?? "";
      };
      expect(await refused("good\tyes\nno label\n")).toContain("Line 2 holds one cell only");
      expect(await refused("a\tx\nb\tx\nc\tx\nd\tx\ne\tx\n")).toContain("at least two classes");
      expect(await page.getAttribute("#lines-problem", "role")).toBe("alert");
      await page.setInputFiles("#load", { name: "a.zip", mimeType: "application/zip", buffer: Buffer.from("no zip") });
      await page.locator("#file-problem", { hasText: "a.zip could not be loaded: It is no zip file" }).waitFor();
      await chooseModel(page, "writing");
      await page.locator("#file-problem").waitFor({ state: "hidden" });
      await page.locator("#lines-problem").waitFor({ state: "hidden" });
      expect(await page.isHidden("#train-problem")).toBe(true);
    });
  });

  test("what was kept and cannot be read any more does not stop the page", async () => {
    await withPage(async (page) => {
      await ready(page);
      await train(page, 1);
      await page.evaluate(`new Promise((resolve) => {
        const open = indexedDB.open("dylora-playground");
        open.onsuccess = () => {
          const store = open.result.transaction("adapters", "readwrite").objectStore("adapters");
          store.openCursor().onsuccess = ({ target: { result } }) => {
            if (result === null) return resolve();
            if (result.value.files) result.update({ ...result.value, files: new Map() });
            result.continue();
          };
        };
      })`);
      await page.reload();
      await ready(page);
      expect(await chosenAdapter(page)).toBe("Comes with the page");
      await page
        .locator("#adapter-problem", {
          hasText: "The adapter that was in use last could not be loaded: There is no adapter in it",
        })
        .waitFor();
    });
  });

  test("where the browser keeps nothing, the page says so when there is something to lose", async () => {
    await withPage(async (page) => {
      await page.addInitScript("Object.defineProperty(globalThis, 'indexedDB', { value: undefined })");
      await page.reload();
      await ready(page);
      expect(await page.isHidden("#adapter-problem")).toBe(true);
      await train(page, 1);
      await page.locator("#adapter-problem", { hasText: "This browser could not keep the adapter" }).waitFor();
      expect(await chosenAdapter(page)).toMatch(/^Trained here, 1 step, /);
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
      expect(await page.getAttribute("#train", "aria-disabled")).toBe("true");
    } finally {
      await context.close();
    }
  });

  test("nothing that axe checks for accessibility is wrong, light or dark, and tabs work by keyboard", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const colorScheme of ["light", "dark"] as const) {
      await withPage(
        async (page) => {
          await ready(page);
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
          await page.fill("#lines", "no lines");
          await page.locator("#lines-problem").waitFor();
          expect(await violations()).toEqual([]);
          await chooseModel(page, "writing");
          await train(page, 1);
          expect(await violations()).toEqual([]);
        },
        { colorScheme },
      );
    }
  }, 120_000);

  test("nothing is wider than a phone", async () => {
    await withPage(
      async (page) => {
        await ready(page);
        const width = () => page.evaluate("document.documentElement.scrollWidth");
        expect(await width()).toBeLessThanOrEqual(360);
        await train(page, 1);
        expect(await width()).toBeLessThanOrEqual(360);
      },
      { viewport: { width: 360, height: 740 } },
    );
  });
});
