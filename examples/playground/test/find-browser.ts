import { existsSync } from "node:fs";

/** Where systems put a Chromium or a Chrome. */
const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** A Chromium of this machine: the one that CHROMIUM_PATH names, or one in a usual place; undefined where there is none. */
export function findBrowser(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  return named ?? usual.find((path) => existsSync(path));
}
