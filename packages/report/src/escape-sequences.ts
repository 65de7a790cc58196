/** Styles of a terminal, each with the codes of SGR that begin and end it. */
const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

/** A style of a terminal. */
export type TextStyle = keyof typeof codes;

/** A text in some styles, the first outermost; as `styleText` of Node, which a browser lacks. */
export function styled(styles: readonly TextStyle[], text: string): string {
  const begin = styles.map((style) => `\u001b[${codes[style][0]}m`);
  const end = styles.map((style) => `\u001b[${codes[style][1]}m`).reverse();
  return begin.join("") + text + end.join("");
}

// ECMA-48: control sequences (CSI), strings up to their terminator (OSC, DCS, SOS, PM, APC), and escapes of one character.
const control = String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`;
const string = String.raw`(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)`;
const single = String.raw`\u001b[ -/]*[0-~]`;
const sequences = new RegExp(`${control}|${string}|${single}`, "g");

/** A text without the escape sequences of terminals. Control characters that belong to none stay. */
export const withoutSequences = (text: string): string => text.replace(sequences, "");
