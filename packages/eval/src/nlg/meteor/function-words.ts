/** METEOR 1.5's English function words and marks: those frequent enough that matching them tells little. */
export const functionWords: ReadonlySet<string> = new Set(
  [
    "the , . to of and a in that for \" is on 's it with was as said at he by be from have has are his but an this not i",
    "will ’ they ) -rrb- ( -lrb- who their had we which were been more or s its would about new one after you : also up",
    "when there than $ all out her people she year two - can if last first “ over other ” into some what so -- no time",
    "years could ? 't — '",
  ]
    .join(" ")
    .split(" "),
);
