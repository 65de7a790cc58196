/** Hands out the next items of a list, a few at a time: the way back from a flat list of saved tensors. */
export function takeFrom<T>(list: readonly T[]): (count: number) => readonly T[] {
  let at = 0;
  return (count) => {
    const from = at;
    at += count;
    return list.slice(from, at);
  };
}
