export { type LoadParaphrasesOptions, loadMeteorSynonyms, loadParaphrases, loadWordNet } from "./meteor-resources.ts";
