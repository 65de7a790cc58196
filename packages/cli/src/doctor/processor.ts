import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** What the processor can do. */
export interface Processor {
  /** As it names itself. */
  readonly model: string;
  /** Threads that this process may use. */
  readonly threads: number;
  /** Architecture as Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  /** Vector and matrix instructions that speed up training; undefined where the system does not tell. */
  readonly features: Readonly<Record<string, boolean>> | undefined;
}

/** Flags of Linux's `/proc/cpuinfo` behind each feature. */
const features: Readonly<Record<string, string>> = {
  AVX2: "avx2",
  FMA: "fma",
  "AVX-512": "avx512f",
  "AVX-512 BF16": "avx512_bf16",
  "AMX BF16": "amx_bf16",
  NEON: "asimd",
};

/** Features of a processor from the text of `/proc/cpuinfo`. */
export function featuresIn(cpuinfo: string): Record<string, boolean> {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  const flags = new Set(line.trim().split(/\s+/));
  return Object.fromEntries(Object.entries(features).map(([name, flag]) => [name, flags.has(flag)]));
}

/** Asks the system about its processor. */
export function processor(): Processor {
  let cpuinfo: string | undefined;
  try {
    cpuinfo = readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // Linux alone has it.
  }
  return {
    model: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    architecture: process.arch,
    features: cpuinfo === undefined ? undefined : featuresIn(cpuinfo),
  };
}
