/** Dots of a Braille cell by column and row, as bits over U+2800. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** A grid of characters to draw on: fine lines in Braille dots (full stops in ASCII), marks and bars above them. */
export class TextCanvas {
  readonly #columns: number;
  readonly #rows: number;
  readonly #unicode: boolean;
  readonly #bits: Uint8Array;
  readonly #paints: ((text: string) => string)[] = [];
  readonly #marks = new Map<number, string>();

  /**
   * @param columns characters across
   * @param rows characters down
   * @param unicode false for ASCII alone
   */
  constructor(columns: number, rows: number, unicode: boolean) {
    this.#columns = columns;
    this.#rows = rows;
    this.#unicode = unicode;
    this.#bits = new Uint8Array(columns * rows);
  }

  /** Draws a straight line between two places, given in characters from the top left (centres at whole numbers). */
  line(from: readonly [number, number], to: readonly [number, number], paint: (text: string) => string): void {
    const steps = Math.ceil(Math.max(Math.abs(to[0] - from[0]) * 2, Math.abs(to[1] - from[1]) * 4, 1));
    for (let i = 0; i <= steps; i++) {
      const [x, y] = [from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps];
      this.#dot(Math.round(x * 2 + 0.5), Math.round(y * 4 + 1.5), paint);
    }
  }

  /** Draws a vertical stroke between two heights. */
  bar(x: number, top: number, bottom: number, paint: (text: string) => string): void {
    for (let row = Math.round(top); row <= Math.round(bottom); row++) {
      this.mark(x, row, paint(this.#unicode ? "┊" : ":"));
    }
  }

  /** Sets one character; it hides lines and earlier marks at its place. */
  mark(x: number, y: number, text: string): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    if (this.#inside(column, row)) this.#marks.set(row * this.#columns + column, text);
  }

  /** What has been drawn, a string a row. */
  lines(): string[] {
    return Array.from({ length: this.#rows }, (_, row) =>
      Array.from({ length: this.#columns }, (_, column) => this.#cell(row * this.#columns + column)).join(""),
    );
  }

  #cell(at: number): string {
    const mark = this.#marks.get(at);
    if (mark !== undefined) return mark;
    const bits = this.#bits[at]!;
    if (bits === 0) return " ";
    return this.#paints[at]!(this.#unicode ? String.fromCharCode(0x2800 + bits) : ".");
  }

  #dot(x: number, y: number, paint: (text: string) => string): void {
    const [column, row] = [x >> 1, y >> 2];
    if (!this.#inside(column, row)) return;
    const at = row * this.#columns + column;
    this.#bits[at]! |= dots[x & 1]![y & 3]!;
    this.#paints[at] = paint;
  }

  #inside(column: number, row: number): boolean {
    return column >= 0 && column < this.#columns && row >= 0 && row < this.#rows;
  }
}
