/**
 * Hits of summary-level ROUGE-L: for each reference sentence the union over hypothesis sentences of one longest common
 * subsequence each, every word counted at most as often as both texts have it (Lin 2004, section 3.2, in
 * `rouge_score`'s reading).
 */
export function unionSubsequenceHits(reference: readonly Int32Array[], hypothesis: readonly Int32Array[]): number {
  const inReference = countTokens(reference);
  const inHypothesis = countTokens(hypothesis);
  let hits = 0;
  for (const sentence of reference) {
    const union = new Set(hypothesis.flatMap((other) => commonPositions(sentence, other)));
    for (const position of [...union].sort((a, b) => a - b)) {
      const token = sentence[position]!;
      const left = inReference.get(token)!;
      const right = inHypothesis.get(token) ?? 0;
      if (left === 0 || right === 0) continue;
      hits++;
      inReference.set(token, left - 1);
      inHypothesis.set(token, right - 1);
    }
  }
  return hits;
}

function countTokens(sentences: readonly Int32Array[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const sentence of sentences) for (const token of sentence) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Positions in `a` of one longest common subsequence with `b`; on ties a word of `a` is dropped first. */
function commonPositions(a: Int32Array, b: Int32Array): number[] {
  const width = b.length + 1;
  const table = new Int32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const above = table[(i - 1) * width + j]!;
      const left = table[i * width + j - 1]!;
      table[i * width + j] = a[i - 1] === b[j - 1] ? table[(i - 1) * width + j - 1]! + 1 : Math.max(above, left);
    }
  }
  const positions: number[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      positions.push(--i);
      j--;
    } else if (table[i * width + j - 1]! > table[(i - 1) * width + j]!) j--;
    else i--;
  }
  return positions;
}
