const vowel = "[aeiouy]";
const consonant = "[^aeiouy]";
/** Region after the first consonant that follows a vowel. */
const region = new RegExp(`^.*?${vowel}${consonant}`);
const hasVowel = new RegExp(vowel);
/** Ends in a vowel between consonants, the last not w, x or Y; or is a vowel and a consonant. */
const shortSyllable = new RegExp(`(?:${consonant}${vowel}[^aeiouywxY]|^${vowel}${consonant})$`);

/** Words the algorithm lists (Snowball, english.sbl, exception1). */
const irregular: ReadonlyMap<string, string> = new Map(
  (
    "skis:ski skies:sky dying:die lying:lie tying:tie idly:idl gently:gentl ugly:ugli early:earli only:onli " +
    "singly:singl sky:sky news:news howe:howe atlas:atlas cosmos:cosmos bias:bias andes:andes"
  )
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);

/** Words left alone after step 1a (exception2). */
const settled = new Set("inning outing canning herring earring proceed exceed succeed".split(" "));

const step2Endings: readonly (readonly [string, string])[] = (
  "ational:ate tional:tion enci:ence anci:ance abli:able entli:ent izer:ize ization:ize ation:ate ator:ate alism:al " +
  "aliti:al alli:al fulness:ful ousli:ous ousness:ous iveness:ive iviti:ive biliti:ble bli:ble fulli:ful lessli:less"
)
  .split(" ")
  .map((pair) => pair.split(":") as [string, string]);

const step3Endings: readonly (readonly [string, string])[] =
  "ational:ate tional:tion alize:al icate:ic iciti:ic ical:ic ful: ness:"
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]);

const step4Endings = /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic|(?<=[st])ion)$/;

/**
 * Stem of an English word by Snowball's English algorithm, "Porter 2" as libstemmer 2.2 and METEOR 1.5 have it (Porter
 * 2001, snowballstem.org/algorithms/english/stemmer.html).
 *
 * `nltk.SnowballStemmer("english")` differs on a few dozen words (`realization` gives `realiz` here, `realize` there). For
 * rouge_score's stemmer see {@link stemPorter}.
 */
export function stemEnglish(word: string): string {
  if (word.length <= 2) return word;
  const known = irregular.get(word);
  if (known !== undefined) return known;
  // Y marks a y that is a consonant.
  const marked = word
    .replace(/^'/, "")
    .replace(/^y/, "Y")
    .replace(/(?<=[aeiouy])y/g, "Y");
  const r1 = startOfR1(marked);
  const r2 = r1 + (region.exec(marked.slice(r1))?.[0].length ?? marked.length - r1);
  const short = step1a(marked.replace(/'(?:s'?)?$/, ""));
  if (settled.has(short)) return short;
  const stem = [
    (text: string) => step1b(text, r1),
    (text: string) => text.replace(/(?<=.[^aeiouy])[yY]$/, "i"),
    (text: string) => step2(text, r1),
    (text: string) => step3(text, r1, r2),
    (text: string) => step4(text, r2),
    (text: string) => step5(text, r1, r2),
  ].reduce((text, step) => step(text), short);
  return stem.replaceAll("Y", "y");
}

function startOfR1(word: string): number {
  const prefix = /^(?:gener|commun|arsen)/.exec(word);
  return prefix?.[0].length ?? region.exec(word)?.[0].length ?? word.length;
}

function step1a(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/.test(word)) return word;
  return word.endsWith("s") && hasVowel.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function step1b(word: string, r1: number): string {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed !== null) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word;
  const ending = /(?:ed|ing)(?:ly)?$/.exec(word);
  if (ending === null || !hasVowel.test(word.slice(0, ending.index))) return word;
  const stem = word.slice(0, ending.index);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return stem.slice(0, -1);
  return stem.length <= r1 && shortSyllable.test(stem) ? `${stem}e` : stem;
}

/** The longest listed ending, if the word has one. */
function longestEnding(
  word: string,
  endings: readonly (readonly [string, string])[],
): readonly [string, string] | undefined {
  return endings
    .filter(([ending]) => word.endsWith(ending))
    .reduce<readonly [string, string] | undefined>(
      (best, pair) => (best === undefined || pair[0].length > best[0].length ? pair : best),
      undefined,
    );
}

function step2(word: string, r1: number): string {
  const found = longestEnding(word, step2Endings);
  if (found !== undefined) {
    const start = word.length - found[0].length;
    return start >= r1 ? word.slice(0, start) + found[1] : word;
  }
  if (word.endsWith("ogi")) return word.length - 3 >= r1 && word.at(-4) === "l" ? word.slice(0, -1) : word;
  return word.length - 2 >= r1 && /[cdeghkmnrt]li$/.test(word) ? word.slice(0, -2) : word;
}

function step3(word: string, r1: number, r2: number): string {
  if (word.endsWith("ative")) return word.length - 5 >= r2 ? word.slice(0, -5) : word;
  const found = longestEnding(word, step3Endings);
  if (found === undefined) return word;
  const start = word.length - found[0].length;
  return start >= r1 ? word.slice(0, start) + found[1] : word;
}

function step4(word: string, r2: number): string {
  const found = step4Endings.exec(word);
  return found !== null && found.index >= r2 ? word.slice(0, found.index) : word;
}

function step5(word: string, r1: number, r2: number): string {
  const start = word.length - 1;
  if (word.endsWith("e")) {
    return start >= r2 || (start >= r1 && !shortSyllable.test(word.slice(0, -1))) ? word.slice(0, -1) : word;
  }
  return word.endsWith("ll") && start >= r2 ? word.slice(0, -1) : word;
}
