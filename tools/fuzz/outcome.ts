/** What a reader must not do, found in one case. */
export interface Fault {
  /** What happened. */
  readonly kind:
    | "foreign error"
    | "unsafe message"
    | "long message"
    | "unhandled"
    | "changed prototypes"
    | "hang"
    | "memory"
    | "death";
  /** The error in a line. */
  readonly what: string;
  /** Faults with the same place are counted as one. Default: the kind. */
  readonly place?: string;
}

/** Longest message that a person can be asked to read, in characters. */
const LONGEST = 5_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Where an error comes from: the first lines of its stack that say so. */
function origin(stack: string | undefined): string {
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 3)
    .map((line) =>
      line
        .trim()
        .replace(/\(?file:.*\/worker\.js/, "(")
        .replace(/:(\d+):\d+\)?$/, ":$1"),
    )
    .join(" < ")
    .slice(0, 300);
}

/** What is wrong with what a reader threw; undefined for an error of ours that is safe to print. */
export function faultOf(error: unknown): Fault | undefined {
  if (typeof error !== "object" || error === null || !(Symbol.for("dylora.error") in error)) {
    const { name, message, stack } = error instanceof Error ? error : { name: typeof error, message: "", stack: "" };
    const place = `${name} ${origin(stack)}`;
    return { kind: "foreign error", what: `${name}: ${JSON.stringify(message.slice(0, 120))} ${origin(stack)}`, place };
  }
  const { message, code } = error as unknown as { message: string; code: string };
  if (UNSAFE.test(message))
    return { kind: "unsafe message", what: `${code}: ${JSON.stringify(message.slice(0, 200))}`, place: code };
  if (message.length > LONGEST)
    return { kind: "long message", what: `${code}: ${message.length} characters`, place: code };
  return undefined;
}
