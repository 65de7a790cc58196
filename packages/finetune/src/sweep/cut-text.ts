/** The start of a text, in whole characters, with a mark where something is left out. */
export function cutText(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest).join("").trimEnd()} …`;
}
