const letter = "A-Za-zÀ-ÖØ-öø-žЀ-ԧꙀ-ꙮ꙾-ꚗᴀ-ᵿ";
const letterOrDigit = `0-9${letter}`;

const apart = new RegExp(`[^${letterOrDigit}\\t-\\r .'\`,\\-‘’]`, "gu");
const hyphen = new RegExp(`([${letterOrDigit}.])-([${letterOrDigit}])`, "gu");
const hasLetter = new RegExp(`[${letter}]`, "u");
const apostrophes: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`([^${letter}])'([^${letter}])`, "gu"), "$1 ' $2"],
  [new RegExp(`([^${letterOrDigit}])'([${letter}])`, "gu"), "$1 ' $2"],
  [new RegExp(`([${letter}])'([^${letter}])`, "gu"), "$1 ' $2"],
  [new RegExp(`([${letter}])'([${letter}])`, "gu"), "$1 '$2"],
  [/([0-9])'(s)/g, "$1 '$2"],
];

/** When a word keeps the full stop after it: always, or before a number. */
export type NonbreakingPrefixes = ReadonlyMap<string, "always" | "before-number">;

/** English abbreviations that keep their full stop, after the Moses tokeniser's list. */
export const englishPrefixes: NonbreakingPrefixes = new Map([
  ...[
    "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con",
    "Corp Cpl DR Dr Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph",
    "Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g",
  ]
    .join(" ")
    .split(" ")
    .map((prefix) => [prefix, "always"] as const),
  ...["No", "Nos", "Art", "Nr", "pp"].map((prefix) => [prefix, "before-number"] as const),
]);

/** Reads a prefix list in METEOR's (Moses's) form: one a line, `#` starts a comment, `#NUMERIC_ONLY#` marks a few. */
export function parseNonbreakingPrefixes(text: string): NonbreakingPrefixes {
  const prefixes = new Map<string, "always" | "before-number">();
  for (const line of text.split(/\r?\n/)) {
    const [prefix, mark] = line.trim().split(/\s+/);
    if (prefix === undefined || prefix === "" || prefix.startsWith("#")) continue;
    prefixes.set(prefix, mark === "#NUMERIC_ONLY#" ? "before-number" : "always");
  }
  return prefixes;
}

/**
 * METEOR 1.5's `-norm` for English, punctuation kept, case kept: splits punctuation and contractions, unifies quotes and
 * dashes, parts hyphenated words, drops the dots of `U.S.`.
 */
export function normalizeMeteor(text: string, prefixes: NonbreakingPrefixes = englishPrefixes): string {
  // Dots that stand together are kept from the rules for full stops; U+E000 is private use.
  const dots = (run: string) => ` ${"\ue000".repeat(run.length)} `;
  let line = ` ${text} `
    .replace(apart, " $& ")
    .replace(/\.{2,}/g, dots)
    .replace(/([^0-9]),([^0-9])/gu, "$1 , $2")
    .replace(/([0-9]),([^0-9])/gu, "$1 , $2")
    .replace(/([^0-9]),([0-9])/gu, "$1 , $2")
    .replace(/[`‘’]/g, "'")
    .replace(/[“”]|''/g, ' " ')
    .replaceAll("–", "-")
    .replaceAll("--", "-")
    .replace(hyphen, "$1 $2");
  for (const [pattern, replacement] of apostrophes) line = line.replace(pattern, replacement);
  const words = line.match(/[^\t-\r ]+/g) ?? [];
  return words
    .map((word, i) => finalStop(word, words[i + 1], prefixes))
    .join(" ")
    .replaceAll("\ue000", ".")
    .replace(/[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g, " ")
    .replace(/^ | $/g, "");
}

/** Decides whether the full stop at the end of a word belongs to it. */
function finalStop(word: string, next: string | undefined, prefixes: NonbreakingPrefixes): string {
  if (word.length < 2 || !word.endsWith(".")) return word;
  const prefix = word.slice(0, -1);
  if (prefix.includes(".") && hasLetter.test(prefix)) return word.replaceAll(".", "");
  const kind = prefixes.get(prefix);
  if (kind === "always" || (next !== undefined && /^[a-z]/.test(next))) return word;
  if (kind === "before-number" && next !== undefined && /^[0-9]/.test(next)) return word;
  return `${prefix} .`;
}
