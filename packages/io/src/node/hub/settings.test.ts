import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { matchesAny } from "./file-patterns.ts";
import { hubSettings } from "./settings.ts";

test("the environment that huggingface_hub documents is heeded", () => {
  expect(hubSettings({}, {})).toEqual({
    endpoint: "https://huggingface.co",
    cacheDir: join(homedir(), ".cache", "huggingface", "hub"),
    token: undefined,
    offline: false,
    timeout: 30_000,
  });
  const env = {
    HF_ENDPOINT: "https://mirror/",
    HF_HOME: "/h",
    HF_TOKEN: "hf_x",
    HF_HUB_OFFLINE: "1",
    HF_HUB_DOWNLOAD_TIMEOUT: "5",
  };
  expect(hubSettings({}, env)).toEqual({
    endpoint: "https://mirror",
    cacheDir: join("/h", "hub"),
    token: "hf_x",
    offline: true,
    timeout: 5000,
  });
  expect(hubSettings({}, { XDG_CACHE_HOME: "/c" }).cacheDir).toBe(join("/c", "huggingface", "hub"));
  expect(hubSettings({}, { HF_HUB_CACHE: "/direct", HF_HOME: "/h" }).cacheDir).toBe("/direct");
  expect(hubSettings({}, { HF_HUB_OFFLINE: "0" }).offline).toBe(false);
});

test("options go before the environment", () => {
  const env = { HF_ENDPOINT: "https://mirror", HF_HOME: "/h", HF_TOKEN: "hf_x", HF_HUB_OFFLINE: "true" };
  const options = { endpoint: "http://a", cacheDir: "/c", token: "hf_y", offline: false, timeout: 9 };
  expect(hubSettings(options, env)).toEqual(options);
});

test.each([
  ["*.json", "config.json", true],
  ["*.json", "onnx/config.json", false],
  ["**/*.json", "onnx/a/config.json", true],
  ["**/*.json", "config.json", true],
  ["data/**", "data/x/y.csv", true],
  ["model-?.st", "model-1.st", true],
  ["model-?.st", "model-12.st", false],
  ["a+(b).json", "a+(b).json", true],
  ["*.json", "config_json", false],
])("%s on %s: %s", (pattern, path, expected) => {
  expect(matchesAny(["nothing", pattern])(path)).toBe(expected);
});
