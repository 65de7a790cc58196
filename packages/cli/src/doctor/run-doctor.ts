import { totalmem } from "node:os";
import { openBackend, versions } from "@dylora/finetune";
import { formatBytes } from "@dylora/io";
import { availableMemory } from "@dylora/io/node";
import { backendNames, probeBackends } from "@dylora/tensor";
import type { CommandContext } from "../context.ts";
import { ownVersion } from "../version.ts";
import { type Processor, processor } from "./processor.ts";

/** A backend as the doctor found it. */
export type BackendFinding =
  | { readonly name: string; readonly available: true; readonly detail: string; readonly software?: true }
  | { readonly name: string; readonly available: false; readonly reason: string; readonly remedy: string };

/** What `dylora doctor --json` prints. */
export interface DoctorResult {
  /** Backends, in the order in which `auto` takes them. */
  readonly backends: readonly BackendFinding[];
  /** The backend that `auto` takes; `null` when none runs. */
  readonly auto: string | null;
  /** The backends that `auto` would rather have taken, and why it does not. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** The processor. */
  readonly processor: Processor;
  /** Memory in bytes. */
  readonly memory: { readonly total: number; readonly available: number };
  /** Operating system as Node names it. */
  readonly platform: string;
  /** Versions of Node and of the packages. */
  readonly versions: Readonly<Record<string, string>>;
}

async function examine(name: string): Promise<BackendFinding> {
  const found = await openBackend(name);
  if (!("descriptor" in found)) return { name, available: false, reason: found.reason, remedy: found.remedy };
  const [probe] = await probeBackends([found.descriptor]);
  return probe === undefined
    ? { name, available: false, reason: "it gave no answer", remedy: "install it anew" }
    : { name, ...probe.availability };
}

const inSoftware = "computes in software; taken only when nothing else runs";

/** What `auto` takes, and what it passes over on the way. */
function choose(backends: readonly BackendFinding[]): Pick<DoctorResult, "auto" | "passedOver"> {
  const running = backends.filter((backend) => backend.available);
  const taken = running.find(({ software }) => !software) ?? running[0];
  const before = taken === undefined ? backends : backends.slice(0, backends.indexOf(taken));
  const reasonOf = (backend: BackendFinding): string => (backend.available ? inSoftware : backend.reason);
  return {
    auto: taken?.name ?? null,
    passedOver: before.map((backend) => ({ name: backend.name, reason: reasonOf(backend) })),
  };
}

function featureText({ features }: Processor): string {
  if (features === undefined) return "instructions unknown on this system";
  const present = Object.keys(features).filter((name) => features[name]);
  return present.length === 0 ? "none of the known vector instructions" : present.join(", ");
}

/** `dylora doctor`. Starts no backend. */
export async function runDoctor({ say, work }: CommandContext): Promise<DoctorResult> {
  const { availableMemory: memory = availableMemory } = work;
  const backends = await Promise.all(backendNames.map(examine));
  const chosen = choose(backends);
  const found = processor();
  const result: DoctorResult = {
    backends,
    ...chosen,
    processor: found,
    memory: { total: totalmem(), available: memory() },
    platform: `${process.platform} ${process.arch}`,
    versions: versions({ dylora: ownVersion }),
  };
  const width = Math.max(...backends.map(({ name }) => name.length));
  say("Backends, fastest first:");
  for (const backend of backends) {
    const label = `  ${backend.available ? "✓" : "·"} ${backend.name.padEnd(width)}  `;
    say(label + (backend.available ? backend.detail : backend.reason));
    const note = backend.available ? backend.software && inSoftware : backend.remedy;
    if (note !== undefined) say(`${" ".repeat(label.length)}→ ${note}`);
  }
  const passedOver = chosen.passedOver.map(({ name }) => name).join(", ");
  const instead = passedOver === "" ? "" : `, having passed over ${passedOver} for the reasons above`;
  say(chosen.auto === null ? "No backend runs here." : `--backend auto takes ${chosen.auto}${instead}.`);
  say("");
  say(`Processor: ${found.model}, ${found.threads} threads, ${featureText(found)}`);
  say(`Memory: ${formatBytes(result.memory.available)} available of ${formatBytes(result.memory.total)}`);
  say(`System: ${result.platform}`);
  say(
    `Versions: ${Object.entries(result.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
  );
  return result;
}
