type Family = readonly [british: string, american: string, endings?: string, americanEndings?: string];

/** British stems, American stems, and the endings with which the rewriting knows them (`,` alone: none and the next). */
const families: readonly Family[] = [
  ["anaesthetic", "anesthetic"],
  ["analog", "analog", "ue,ues", ",s"],
  ["analys", "analyz", "e,ed,ing"],
  ["armour", "armor", "ed"],
  ["cancell", "cancel", "ed,ing"],
  ["capitalis", "capitaliz", "e,ed,ation"],
  ["centre", "center"],
  ["chimaeric", "chimeric"],
  ["colour", "color", "ed,ing,ful"],
  ["defence", "defense"],
  ["Defence", "Defense"],
  ["discolour", "discolor", "ed,ing"],
  ["encyclopaedia", "encyclopedia"],
  ["endeavour", "endeavor", "ed,ing"],
  ["favour", "favor", "ed,ing,ite,ites"],
  ["fibre", "fiber", ",s"],
  ["finalis", "finaliz", "e,ed,ing"],
  ["flavour", "flavor", "ed,ing"],
  ["grey", "gray"],
  ["homolog", "homolog", "ue,ues", ",s"],
  ["honour", "honor", "ed,ing,able"],
  ["humour", "humor", "ed,ing"],
  ["kerb", "curb"],
  ["labell", "label", "ed,ing"],
  ["labour", "labor", "ed,ing"],
  ["Labour", "Labor"],
  ["leant", "leaned"],
  ["learnt", "learned"],
  ["localis", "localiz", "e,ed"],
  ["manoeuvre", "maneuver", ",s"],
  ["maximis", "maximiz", "e,ed,ing"],
  ["meagre", "meager"],
  ["minimis", "minimiz", "e,ed,ing"],
  ["modernis", "moderniz", "e,ed,ing"],
  ["neighbourhood", "neighborhood", ",s"],
  ["oestrogen", "estrogen", ",s"],
  ["organisation", "organization", ",s"],
  ["penalis", "penaliz", "e,ed"],
  ["popularis", "populariz", "e,ed,es,ing"],
  ["practise", "practice", ",d"],
  ["pressuris", "pressuriz", "e,ed,es,ing"],
  ["realis", "realiz", "e,ed,es,ing"],
  ["recognis", "recogniz", "e,ed,es,ing"],
  ["rumour", "rumor", "ed,ing"],
  ["savour", "savor", "ed,ing"],
  ["theatre", "theater", ",s"],
  ["titre", "titer", ",s"],
  ["travell", "travel", "ed,ing"],
];

const words = new Map(
  families.flatMap(([british, american, endings = "", americanEndings = endings]) => {
    const targets = americanEndings.split(",");
    return endings.split(",").map((ending, i) => [british + ending, american + targets[i]!] as const);
  }),
);

/** Words in -our that are no British spelling, or that Americans keep. */
const keepsOur = new RegExp(
  [
    "abatjour|beflour|bonjour|calambour|carrefour|contour|cornflour|de[tv]our|dortour|downpour|dyvour|giaour|glamour",
    "holour|inpour|outpour|pandour|paramour|pompadour|repour|ryeflour|sompnour|tambour|tregetour|troubadour|velour",
  ].join("|"),
);

const patterns: readonly (readonly [RegExp, string, RegExp?])[] = [
  [/haem(at)?o/g, "hem$1o"],
  [/aemia$/, "emia"],
  [/([lL])eukaem/g, "$1eukem"],
  [/programme(s?)$/, "program$1"],
  [/^([a-z]{3,})our(s?)$/, "$1or$2", keepsOur],
];

/**
 * American spelling of a British word as Stanford's PTBTokenizer rewrites it: a short list, blind to most capitalised
 * words (`centre` becomes `center`, `centres` and `Centre` stay).
 */
export function americanSpelling(word: string): string {
  if (word.length < 4) return word;
  const known = words.get(word);
  if (known !== undefined) return known;
  if (word.length < 6) return word;
  const rule = patterns.find(([pattern, , except]) => word.search(pattern) >= 0 && !except?.test(word));
  return rule === undefined ? word : word.replace(rule[0], rule[1]);
}
