import type { Classified } from "../api.ts";
import { make } from "./elements.ts";

/** The class with the highest logit. */
export const likeliest = ({ classes }: Classified): Classified["classes"][number] =>
  classes.reduce((a, b) => (b.logit > a.logit ? b : a));

/** A table of the classes, each with a bar under its name as wide as it is likely. */
export function classTable(classified: Classified): HTMLElement {
  const best = likeliest(classified);
  const rows = classified.classes.map((one) => {
    const { label, logit, probability } = one;
    const share = `${(100 * probability).toFixed(1)} %`;
    return make(
      "tr",
      { class: one === best ? "class likeliest" : "class", style: `--share: ${(100 * probability).toFixed(1)}%` },
      make("th", { scope: "row" }, label),
      make("td", { class: "number" }, share),
      make("td", { class: "number", "data-logit": String(logit) }, logit.toFixed(3)),
    );
  });
  const head = ["Class", "Probability", "Logit"].map((title, column) =>
    make("th", { scope: "col", class: column > 0 ? "number" : "" }, title),
  );
  return make("table", { class: "classes" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}
