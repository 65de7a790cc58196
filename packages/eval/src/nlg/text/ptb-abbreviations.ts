const either = (...lists: readonly string[]) => `(?:${lists.flatMap((list) => list.split(" ")).join("|")})`;

/** Regular expression source of an acronym without its last full stop: `U.S`, `p.m`. */
export const acronym =
  "(?:[a-z](?:\\.[a-z])+|(?:Canada|Sino|Korean|EU|Japan|non)-U\\.S|U\\.S\\.-(?:U\\.K|U\\.S\\.S\\.R))";

/** Abbreviations that may end a sentence: they keep their full stop, and are plain words without one. */
export const sentenceFinalAbbreviations = either(
  "Jan Feb Mar Apr Jun Jul Aug Sept? Oct Nov Dec Mon Tues? Wed Thu(?:rs)? Fri",
  "Ala Ariz Ark Calif Colo Conn Dak Del Fla Ga Ill Ind Kans? Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa",
  "Penn Tenn Tex Va Vt Wash Wisc? Wyo Inc Cos? Corp Pp?tys? Ltd Plc Bancorp Dept Bhd Assn Univ Intl Sys",
  "Nos? Prop Ph tel est ext sq ft Jr Sr Bros (?:Ed|Ph)\\.D Blvd Rd Esq etc al seq",
);

/** Titles and the like: never respelled before a blank, full stop or not. */
export const titles = either(
  "Mr Mrs Ms Miss Drs? Profs? Sens? Reps? Attys? Lt Col Gen Messrs Govs? Adm Rev Maj Sgt Cpl Pvt Mt Capt Ste? Ave Pres",
  "Lieut Hon Brig Co?mdr Pfc Spc Supts? Det vs Alex Wm Jos Cie a\\.k\\.a cf TREAS Invt Elec Natl M[ft]g",
);
