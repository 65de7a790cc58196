let row = new Int32Array(128);

/** Length of the longest common subsequence of two token sequences. */
export function longestCommonSubsequence(a: Int32Array, b: Int32Array): number {
  const width = b.length;
  if (row.length <= width) row = new Int32Array(2 * width + 1);
  const lengths = row.fill(0, 0, width + 1);
  for (let i = 0; i < a.length; i++) {
    const token = a[i]!;
    let diagonal = 0;
    let left = 0;
    for (let j = 1; j <= width; j++) {
      const above = lengths[j]!;
      if (token === b[j - 1]) left = diagonal + 1;
      else if (above > left) left = above;
      lengths[j] = left;
      diagonal = above;
    }
  }
  return lengths[width]!;
}
