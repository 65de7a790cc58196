import { join } from "node:path";
import { readJsonObject, writeFileAtomic } from "@dylora/io/node";
import { z } from "zod";
import { learntKinds } from "../tasks/learnt-kind.ts";

const schema = z.object({
  format: z.literal("dylora-export"),
  version: z.literal(1),
  task: z.string(),
  kind: z.enum(learntKinds),
  labels: z.array(z.string()),
  maxLength: z.int().positive(),
  rank: z.int().positive(),
});

/** What an exported adapter says about itself beyond PEFT's files: it gives predictions their class names. */
export type ExportNote = z.infer<typeof schema>;

const NAME = "dylora.json";

/** Reads the note of an exported folder; undefined where there is none that can be read. */
export async function readExportNote(dir: string): Promise<ExportNote | undefined> {
  const json = await readJsonObject(join(dir, NAME)).catch(() => undefined);
  return schema.safeParse(json).data;
}

/** Writes the note into an exported folder. */
export async function writeExportNote(dir: string, note: Omit<ExportNote, "format" | "version">): Promise<void> {
  const content: ExportNote = { format: "dylora-export", version: 1, ...note };
  await writeFileAtomic(join(dir, NAME), `${JSON.stringify(content, null, 2)}\n`);
}
