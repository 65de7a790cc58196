/**
 * Counter-based randomness: a number is a pure function of its coordinates (seed, step, site, example, row, column),
 * never of how many numbers were drawn before. The mixer is the 32-bit finaliser "lowbias32" found by Chris Wellons'
 * hash-prospector search (bias 0.17), cheap enough to be repeated bit for bit in WebAssembly, C++ or WGSL.
 */

/** Mixes a 32-bit word; a bijection on unsigned 32-bit integers. */
export function mix32(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0xd35a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Derives a new 32-bit key from a key and a coordinate; order matters, so `(a, b)` and `(b, a)` differ. */
export function foldKey(key: number, coordinate: number): number {
  return mix32(mix32(key ^ 0x9e3779b9) + (coordinate | 0));
}

/** Derives a new key from a key and a name, such as a module path (UTF-16 code units, in order). */
export function foldName(key: number, name: string): number {
  let folded = foldKey(key, name.length);
  for (let i = 0; i < name.length; i++) folded = foldKey(folded, name.charCodeAt(i));
  return folded;
}

/** Element `column` of the stream of uniform 32-bit words that belongs to `rowKey`. */
export function wordAt(rowKey: number, column: number): number {
  return mix32(rowKey + Math.imul(column, 0x9e3779b1));
}
