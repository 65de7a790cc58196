import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BackendError } from "@dylora/errors";
import { firstLine } from "./first-line.ts";

/** What an addon did in a process of its own. */
export interface BindingProbe {
  /** Version of libtensorflow. */
  readonly version: string;
  /** Name of the GPU it computed on, as TensorFlow gives it; undefined on the CPU. */
  readonly device: string | undefined;
  /** What TensorFlow said about GPUs, where it found none. */
  readonly message: string | undefined;
}

const script = fileURLToPath(new URL("../scripts/probe-binding.mjs", import.meta.url));

/** Loading libtensorflow takes a second or two; a new GPU may have its kernels compiled first. */
const patience = 300_000;

/** The device in TensorFlow's note on having opened it. */
export function deviceIn(log: string): string | undefined {
  return /\bdevice: \d+, name: (.+?), pci bus id/.exec(log)?.[1];
}

/** Why TensorFlow found no GPU, in its own words. */
export function messageIn(log: string): string | undefined {
  const line = log.split("\n").find((text) => /cuda|gpu/i.test(text) && !/available to use|rebuild/i.test(text));
  return line?.replace(/^.*?\w+\.cc:\d+\]\s*/, "").trim();
}

/**
 * Loads an addon and multiplies two matrices with it, in a process of its own.
 *
 * @throws BackendError `backend_failed` when that process fails or the product is wrong
 */
export async function probeBinding(binding: string): Promise<BindingProbe> {
  const run = promisify(execFile);
  // Its own notes name the device. It must not take the whole memory of a GPU that others use.
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "0", TF_FORCE_GPU_ALLOW_GROWTH: "true" };
  let answer: { version: string; gpu: boolean; wrong: number };
  let log: string;
  try {
    const { stdout, stderr } = await run(process.execPath, [script, binding], { env, timeout: patience });
    log = stderr;
    answer = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  } catch (cause) {
    throw new BackendError("backend_failed", `the addon ${binding} does not work: ${reasonOf(cause)}`, { cause });
  }
  const { version, gpu, wrong } = answer;
  if (wrong > 0) {
    throw new BackendError("backend_failed", `libtensorflow ${version} multiplies wrongly: ${wrong} of 4096 numbers`);
  }
  return { version, device: gpu ? (deviceIn(log) ?? "GPU") : undefined, message: gpu ? undefined : messageIn(log) };
}

function reasonOf(cause: unknown): string {
  const { stderr = "", signal, killed } = cause as { stderr?: string; signal?: string; killed?: boolean };
  if (killed) return `it gave no answer in ${patience / 1000} s`;
  const error = stderr.split("\n").find((line) => /\b\w*Error: /.test(line));
  return error?.trim() ?? (signal ? `its process ended with ${signal}` : firstLine(cause));
}
