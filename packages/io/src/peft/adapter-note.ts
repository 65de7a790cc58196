import { FormatError } from "@dylora/errors";
import * as z from "zod/mini";
import { encodeSortedJson, type JsonObject, parseJsonObject } from "../json.ts";

/** File name, in a PEFT folder, of what the adapter says about itself beyond PEFT's files. PEFT ignores it. */
export const ADAPTER_NOTE = "dylora.json";

/** What can be learnt: classes, a number, or text. */
const KINDS = ["classification", "regression", "generation"] as const;

/** What an adapter says about itself beyond PEFT's files: it gives predictions their class names. */
export interface AdapterNote {
  /** What it was trained for. */
  readonly kind: (typeof KINDS)[number];
  /** Name of the task. */
  readonly task?: string;
  /** Class names in the order of the outputs; empty or absent for regression and generation. */
  readonly labels?: readonly string[];
  /** Most tokens of an example in training. */
  readonly maxLength?: number;
  /** How the command line wrote the prompts of its training: `lora` or `arrow`. */
  readonly promptForm?: string;
  /** A print of how the tokenizer of its training splits texts. */
  readonly tokenizer?: string;
  /** What is known of the base model besides its name. */
  readonly base?: NotedBase;
  /** What it reached, where that was measured. */
  readonly score?: NotedScore;
  /** Anything else that a reader may want to know; kept as it is. */
  readonly [field: string]: unknown;
}

/** What a note says of the base model besides its name. */
export interface NotedBase {
  /** As its `config.json` names it: `roberta`. */
  readonly architecture: string;
  /** Its parameters, adapter not counted. */
  readonly parameters: number;
  /** Its licence, as its own model card names it: `mit`. */
  readonly license?: string | undefined;
}

/** What an adapter reached. */
export interface NotedScore {
  /** As the metric names itself: `accuracy`. */
  readonly metric: string;
  /** The score. */
  readonly value: number;
  /** Ends of its interval, with the level: 0.95. */
  readonly interval?: { readonly low: number; readonly high: number; readonly confidence: number } | undefined;
  /** Examples that it was measured on. */
  readonly examples: number;
}

const schema = z.looseObject({
  format: z.literal("dylora-export"),
  version: z.literal(1),
  kind: z.enum(KINDS),
  task: z.optional(z.string()),
  labels: z.optional(z.array(z.string())),
  maxLength: z.optional(z.int().check(z.positive())),
  promptForm: z.optional(z.string()),
  tokenizer: z.optional(z.string()),
  base: z.optional(z.object({ architecture: z.string(), parameters: z.int(), license: z.optional(z.string()) })),
  score: z.optional(
    z.object({
      metric: z.string(),
      value: z.number(),
      interval: z.optional(z.object({ low: z.number(), high: z.number(), confidence: z.number() })),
      examples: z.int(),
    }),
  ),
});

/**
 * Reads `dylora.json` of an adapter.
 *
 * @param file what messages call it
 * @throws `FormatError` `bad_json` or `bad_adapter_note`.
 */
export function parseAdapterNote(bytes: Uint8Array, file: string = ADAPTER_NOTE): AdapterNote {
  const parsed = schema.safeParse(parseJsonObject(bytes, file));
  if (parsed.success) {
    const { format: _format, version: _version, ...note } = parsed.data;
    return note as AdapterNote;
  }
  const field = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new FormatError("bad_adapter_note", `${file}: field "${field}" is not as dylora writes it`, {
    details: { file, field },
  });
}

/** The bytes of `dylora.json`. */
export function encodeAdapterNote(note: AdapterNote): Uint8Array {
  return encodeSortedJson({ ...note, format: "dylora-export", version: 1 } satisfies JsonObject);
}
