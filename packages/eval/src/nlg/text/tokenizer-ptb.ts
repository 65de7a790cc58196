import { americanSpelling } from "./american-spelling.ts";
import { acronym, sentenceFinalAbbreviations, titles } from "./ptb-abbreviations.ts";
import type { Tokenizer } from "./tokenizer.ts";

type Rewrite = (text: string) => string;
type Rule = readonly [pattern: RegExp, rewrite?: Rewrite];

const keep: Rewrite = (text) => text;
const escapeSlash: Rewrite = (text) => text.replace(/(?<!\\)\//g, "\\/");
const escapeSlashAndStar: Rewrite = (text) => escapeSlash(text).replace(/(?<!\\)\*/g, "\\*");
const keepSpaces: Rewrite = (text) => text.replaceAll(" ", "\u00a0");
const dropSoftHyphens: Rewrite = (text) => text.replaceAll("\u00ad", "") || "-";
const ampersand: Rewrite = (text) => text.replace(/&amp;/gi, "&");
const constant =
  (token: string): Rewrite =>
  () =>
    token;

function currency(text: string): string {
  return text
    .replaceAll("¢", "cents")
    .replaceAll("£", "#")
    .replace(/[\u0080¤₠€]/g, "$");
}

function quotes(left: boolean): Rewrite {
  return (text) =>
    text
      .replace(/&apos;|'/gi, left ? "`" : "'")
      .replace(/"|&quot;/gi, left ? "``" : "''")
      .replace(/[\u0091‘‛‹]/g, "`")
      .replace(/[\u0092’›]/g, "'")
      .replace(/[\u0093“«]/g, "``")
      .replace(/[\u0094”»]/g, "''");
}

const fractions: Readonly<Record<string, string>> = { "¼": "1\\/4", "½": "1\\/2", "¾": "3\\/4", "⅓": "1\\/3" };

const apostrophe = "(?:['\\u0092’]|&apos;)";
const apostropheLike = `(?:${apostrophe}|[\\u0091‘‛])`;
const letters = "[\\p{L}\\p{M}\\u00ad]+";
const alphanumeric = "[\\p{L}\\p{Nd}]";
const number = "(?:\\p{Nd}*(?:[.:,\\u00ad٫٬]\\p{Nd}+)+|\\p{Nd}+)";
const contraction = `${apostrophe}(?:[msd]|re|ve|ll)`;
const space = "[ \\t\\u00a0\\u2000-\\u200a\\u3000]";
const inSentence = "[,;:、]";
const elision = `(?:[dol]${apostropheLike}(?=${alphanumeric}))?`;
const compound = `${elision}${alphanumeric}+(?:[-_\\u058a\\u2010\\u2011]${elision}${alphanumeric}+)*`;
const hyphenated = `[a-z0-9][a-z0-9.,\\u00ad]*(?:-(?:${acronym}\\.|[a-z0-9\\u00ad]+))+`;
const slashed = "[a-z0-9]+(?:-[a-z]+){0,2}(?:\\\\?/[a-z0-9]+(?:-[a-z]+){0,2}){1,2}";
const urlPath = '(?:/[^ \\t\\n\\f\\r"<>|()]+[^ \\t\\n\\f\\r"<>|.!?(){},-])?';
const joined = "[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+";

const rule = (pattern: string, rewrite?: Rewrite, flags = "iuy"): Rule =>
  rewrite === undefined ? [new RegExp(pattern, flags)] : [new RegExp(pattern, flags), rewrite];

/**
 * Rules in order of precedence. The longest match wins, the first of equally long ones. Named group `t` is the token and
 * what follows it inside the match only decides: it is read again.
 */
const rules: readonly Rule[] = [
  rule("(?<t>can)not"),
  rule("(?<t>gon|got|lem|gim|wan)(?:na|ta|me)"),
  rule("</?[a-z!?][^>\\r\\n]*>", keepSpaces),
  rule("&(?:md|mdash|ndash);|[\\u0096\\u0097–—―]", constant("--")),
  rule("&amp;", ampersand),
  rule("&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);"),
  rule(`(?<t>${letters})${contraction}`, (word) => americanSpelling(dropSoftHyphens(word))),
  rule(`(?<t>[a-z\\u00ad]*[a-mo-z]\\u00ad*)n${apostropheLike}t`, dropSoftHyphens),
  rule(letters, (word) => americanSpelling(dropSoftHyphens(word))),
  rule(
    [
      `${apostrophe}n${apostrophe}?|[ldj]${apostrophe}|(?:dunkin|somethin|ol)${apostrophe}|${apostrophe}em`,
      `${apostrophe}[2-9]0s|${apostrophe}till?|${apostrophe}cause|cont'd\\.?|'twas|nor'easter|c'mon|e'er|s'mores`,
      "ev'ry|li'l|nat'l",
    ].join("|"),
  ),
  rule(`[A-HJ-XZn]${apostropheLike}\\p{L}{2,}|\\p{L}+[aeiouyAEIOUY]${apostropheLike}[aeiouA-Z]\\p{L}*`, keep, "uy"),
  rule(`(?<t>y${apostrophe})\\p{L}`),
  rule('https?://[^ \\t\\n\\f\\r"<>|()]+[^ \\t\\n\\f\\r"<>|.!?(){},-]', escapeSlashAndStar),
  rule(
    `(?:www\\.(?:[^ \\t\\n\\f\\r"<>|.!?(){},]+\\.)+[a-z]{2,4}|(?:[^ \\t\\n\\f\\r"\`'<>|.!?(){},\\-_$]+\\.)+(?:com|net|org|edu))${urlPath}`,
    escapeSlashAndStar,
  ),
  rule('[a-z0-9][^ \\t\\n\\f\\r"<>|()\\u00a0]*@(?:[^ \\t\\n\\f\\r"<>|().\\u00a0]+\\.)*[^ \\t\\n\\f\\r"<>|().\\u00a0]+'),
  rule(`@[a-z_][a-z_0-9]*|#${letters}`),
  rule(`(?<t>${contraction})[^A-Za-z]`, quotes(false)),
  rule(`n${apostropheLike}t`, quotes(false)),
  rule("\\p{Nd}{1,2}[-/]\\p{Nd}{1,2}[-/]\\p{Nd}{2,4}", escapeSlash),
  rule(`[-+]?${number}`, dropSoftHyphens),
  rule("[⁺⁻₊₋]?(?:[⁰¹²³⁴-⁹]+|[₀-₉]+)"),
  rule("(?:\\p{Nd}{1,4}[- \\u00a0])?\\p{Nd}{1,4}(?:\\\\?/|⁄)\\p{Nd}{1,4}", (text) => keepSpaces(escapeSlash(text))),
  rule("[¼½¾⅓-⅞]", (text) => fractions[text] ?? text),
  rule(
    `-(?:RRB|LRB|RCB|LCB|RSB|LSB)-|C\\.D\\.s|pro-|anti-|S(?:&|&amp;)P-500|S(?:&|&amp;)Ls|cap${apostrophe}n|c${apostrophe}est`,
    ampersand,
  ),
  rule(slashed, escapeSlash),
  rule("[A-Z]*\\$|#", keep, "uy"),
  rule("[¢£¤¥\\u0080₠€؋฿₤￠￡￥￦]", currency),
  rule(`(?:${sentenceFinalAbbreviations}|${titles}|${acronym}|[a-z])\\.`),
  rule(`(?<t>${titles}|${acronym}|[a-z])${space}`),
  rule(`(?<t>${acronym})[\\n\\r]`),
  rule(`(?<t>${apostrophe}[0-9][0-9])(?:${space}|[\\n\\r])`),
  rule(`(?<t>(?:${letters}|${hyphenated}|${compound})\\.)${inSentence}`, dropSoftHyphens),
  rule(`(?<t>${joined}\\.)${inSentence}`, ampersand, "uy"),
  rule(
    [
      "(?:\\([0-9]{2,3}\\)[ \\u00a0]?|(?:\\+\\+?)?(?:[0-9]{2,4}[- \\u00a0])?[0-9]{2,4}[- \\u00a0])[0-9]{3,4}[- \\u00a0]?[0-9]{3,5}",
      "(?:(?:\\+\\+?)?[0-9]{2,4}\\.)?[0-9]{2,4}\\.[0-9]{3,4}\\.[0-9]{3,5}",
    ].join("|"),
    (text) => keepSpaces(text).replaceAll("(", "-LRB-").replaceAll(")", "-RRB-"),
  ),
  rule('(?<t>"|&quot;)[a-z0-9$]', quotes(true)),
  rule('"|&quot;', quotes(false)),
  rule("[<[]|&lt;|\\(", constant("-LRB-")),
  rule("[>\\]]|&gt;|\\)", constant("-RRB-")),
  rule("\\{", constant("-LCB-")),
  rule("\\}", constant("-RCB-")),
  rule("-+", (text) => (text.length === 3 || text.length === 4 ? "--" : text)),
  rule("\\.{3,5}|(?:\\.[ \\u00a0]){2,4}\\.|[\\u0085…]", constant("...")),
  rule("@+|#+|_+"),
  rule("\\*+|(?:\\\\\\*){1,3}", escapeSlashAndStar),
  rule(`${inSentence}|[?!]+|[.¡¿;։؟۔܀-܂ߺ。=]`),
  rule("/", escapeSlash),
  rule(hyphenated, dropSoftHyphens),
  rule(compound),
  rule(joined, ampersand, "uy"),
  rule("(?<t>')[a-z][^ \\t\\n\\r\\u00a0]", quotes(true)),
  rule(contraction, quotes(false)),
  rule(`''|[\`‘’‚‛“”„‟‹›«»\\u0091-\\u0094]{1,2}|${apostrophe}`, quotes(false)),
  rule("<<|>>"),
  rule("[+%&~^|\\\\¦-©¬®-º×÷‖‗†-‣‰-‸※‾-⁂⁄⁺-⁾₊-₎\\u2100-\\u214f\\u2190-\\u2bff〒・！-／：-＠［-｀｛-･]"),
];

/**
 * Words that no rule but the plain one reaches past: before a blank or the end, with or without a comma or full stop.
 * Group 1: the word, group 2: its hyphenated rest.
 */
const plainWord = /([A-Za-z]{3,})((?:-[A-Za-z]+)*)(?=[,.]?(?: |$))/y;

/** A comma or a full stop that is no part of a number or an ellipsis. */
const plainMark = /,(?!\p{Nd})|\.(?= [^. ]|$)/uy;

/** Words that the lexer splits, and those that keep a full stop. */
const notPlain = new RegExp(`^(?:cannot|gonna|gotta|lemme|gimme|wanna|${sentenceFinalAbbreviations}|${titles})$`, "i");

/**
 * Tokens of one line as Stanford's `PTBTokenizer -preserveLines` prints them before lower-casing: Penn Treebank tokens
 * with British spellings and currency signs rewritten. One thing is left out: after an abbreviation that ends a sentence
 * the lexer prints the full stop once more, which every user of these tokens drops.
 */
export function ptbTokens(line: string): string[] {
  // At the end of the text the lexer sees a line break.
  const text = `${line}\n`;
  const tokens: string[] = [];
  // An e-mail address may start with any word.
  const simple = !line.includes("@");
  for (let at = 0; at < line.length; ) {
    if (text[at] === " ") {
      at++;
      continue;
    }
    const length = simple ? plainToken(line, at, tokens) : 0;
    at += length > 0 ? length : longestRule(text, at, tokens);
  }
  return tokens;
}

/** Pushes the token of an ordinary word or mark and returns its length; 0 when the rules must decide. */
function plainToken(line: string, at: number, tokens: string[]): number {
  plainWord.lastIndex = at;
  const match = plainWord.exec(line);
  if (match !== null) {
    const [all, word, rest] = match;
    if (rest !== "") tokens.push(all);
    else if (notPlain.test(word!)) return 0;
    else tokens.push(americanSpelling(word!));
    return all.length;
  }
  plainMark.lastIndex = at;
  if (!plainMark.test(line)) return 0;
  tokens.push(line[at]!);
  return 1;
}

/** Pushes the token of the longest rule and returns its length; a character that no rule takes is dropped. */
function longestRule(text: string, at: number, tokens: string[]): number {
  let longest = 0;
  let found: { token: string; rewrite: Rewrite } | undefined;
  for (const [pattern, rewrite = keep] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || match[0].length <= longest) continue;
    longest = match[0].length;
    found = { token: match.groups?.["t"] ?? match[0], rewrite };
  }
  if (found === undefined) return 1;
  tokens.push(found.rewrite(found.token));
  return found.token.length;
}

const dropped = new Set("'' ' `` ` -LRB- -RRB- -LCB- -RCB- . ? ! , : - -- ... ;".split(" "));

/**
 * What coco-caption and e2e-metrics feed to METEOR, ROUGE-L and CIDEr: `PTBTokenizer -preserveLines -lowerCase`, then
 * listed punctuation dropped. Lower-casing comes first, so that brackets (`-lrb-`) stay.
 *
 * Written from the rules of CoreNLP's lexer of 2013, not from the 3.4.1 jar itself: ordinary English text agrees, rare
 * forms (long abbreviation chains, exotic scripts, SGML entities of accented letters) may not.
 */
export const tokenizerPtb: Tokenizer = {
  name: "ptb-lc-nopunct",
  tokenize: (text) =>
    ptbTokens(text.replaceAll("\n", " "))
      .map((token) => token.toLowerCase())
      .filter((token) => !dropped.has(token)),
};
