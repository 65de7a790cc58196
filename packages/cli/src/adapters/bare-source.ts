import { attach } from "@dylora/lora-core";
import type { AdapterSource } from "./adapter-source.ts";

/** No adapter: a base model with the head of its own. The pairs put on it are fresh, and the view `base` leaves them out. */
export function bareSource(baseName: string): AdapterSource {
  return {
    dir: baseName,
    baseName,
    outputs: undefined,
    kind: undefined,
    labels: undefined,
    task: undefined,
    maxLength: undefined,
    maxRank: 0,
    attachTo: (model) => attach(model, { rank: 1 }),
  };
}
