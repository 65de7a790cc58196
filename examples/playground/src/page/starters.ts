import type { TaskName } from "../api.ts";

/** What the text to answer to is called, and the text that the page begins with. */
export const starters: Readonly<Record<TaskName, { label: string; text: string }>> = {
  rating: { label: "Sentence", text: "The Rice Boat serves Japanese food by the river. Customers rate it 3 out of 5." },
  writing: {
    label: "Data",
    text: "name[The Golden Palace], eatType[pub], food[Italian], customer rating[5 out of 5], area[riverside]",
  },
};
