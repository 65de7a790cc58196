/** Index of the quote that ends the string whose opening quote stands at `start`. */
function stringEnd(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
    end = json.indexOf('"', end + 1);
  }
  return json.length;
}

/**
 * Finds a key that occurs twice in one object of a JSON text; `JSON.parse` keeps the last one silently.
 *
 * @param json text that `JSON.parse` accepts
 * @returns The first repeated key, or `undefined`.
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === "{") open.push(new Set());
    else if (char === "}") open.pop();
    else if (char === '"') {
      const end = stringEnd(json, i);
      let next = end + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] === ":") {
        const key = JSON.parse(json.slice(i, end + 1)) as string;
        const keys = open.at(-1)!;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end;
    }
  }
  return undefined;
}
