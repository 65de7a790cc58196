/** One record of a CSV file. */
export interface CsvRecord {
  /** Line (from 1) that it starts on. */
  readonly line: number;
  /** Its first cells, as many as were asked for. */
  readonly cells: readonly string[];
  /** How many cells it has. */
  readonly count: number;
}

/** What is told of a CSV file as its lines come. */
export interface CsvListener {
  /** A record is complete. Returns how many cells of the next one are to be kept. */
  onRecord(record: CsvRecord): number;
  /** A quote was opened on this line and never closed: the record is left out, and reading goes on with the next line. */
  onOpenQuote(line: number): void;
}

/** Most characters that are looked at for a closing quote. */
const LONGEST_QUOTED = 2 ** 26;

/**
 * Parses CSV line by line as Python's `csv` module does, and pandas with it: a quote opens a quoted cell only as the
 * cell's first character and is a character like any other inside an unquoted cell; inside quotes `""` is one quote; what
 * follows a closing quote belongs to the cell. A carriage return ends a record outside quotes. Empty lines are no records.
 *
 * csv-parse refuses a file with such quotes, or keeps the outer quotes of the cells that have some.
 */
export function csvParser(
  listener: CsvListener,
  firstWidth: number,
  delimiter = ",",
): { line(text: string, number: number): void; end(): void } {
  const between = delimiter.charCodeAt(0);
  let keep = firstWidth;
  let cells: string[] = [];
  let count = 0;
  let startLine = 0;
  let cell = "";
  let inQuotes = false;
  // Lines since the quote that is open now was opened, the line of the quote first.
  let pending: { readonly text: string; readonly number: number }[] = [];
  let pendingLength = 0;

  const endCell = (): void => {
    if (count < keep) cells.push(cell);
    count += 1;
    cell = "";
  };
  const endRecord = (): void => {
    endCell();
    const record = { line: startLine, cells, count };
    cells = [];
    count = 0;
    keep = listener.onRecord(record);
  };
  const giveUpQuote = (): void => {
    const [, ...rest] = pending;
    cells = [];
    count = 0;
    cell = "";
    inQuotes = false;
    pending = [];
    listener.onOpenQuote(startLine);
    for (const { text, number } of rest) line(text, number);
  };

  /** Where the unquoted part of a cell that goes on at `at` ends: at a delimiter, a carriage return, or the end. */
  const unquotedEnd = (text: string, at: number): number => {
    let end = at;
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === between || code === 0x0d) break;
    }
    return end;
  };

  function line(text: string, number: number): void {
    let at = 0;
    let atCellStart = !inQuotes;
    if (!inQuotes) startLine = number;
    let begun = inQuotes;
    for (;;) {
      if (atCellStart && text[at] === '"') {
        inQuotes = true;
        begun = true;
        pending = [];
        pendingLength = 0;
        at += 1;
      }
      atCellStart = false;
      while (inQuotes) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          cell += `${text.slice(at)}\n`;
          pending.push({ text, number });
          pendingLength += text.length + 1;
          if (pendingLength > LONGEST_QUOTED) giveUpQuote();
          return;
        }
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] === '"') {
          cell += '"';
          at += 1;
        } else inQuotes = false;
      }
      const end = unquotedEnd(text, at);
      cell += text.slice(at, end);
      begun ||= end > at;
      if (text[end] === delimiter) {
        endCell();
        begun = true;
        at = end + 1;
        atCellStart = true;
        continue;
      }
      if (begun) endRecord();
      begun = false;
      startLine = number;
      if (end === text.length) return;
      at = end + 1;
      if (at === text.length) return;
      atCellStart = true;
    }
  }
  return {
    line,
    end() {
      while (inQuotes) giveUpQuote();
    },
  };
}

/**
 * Every record of a CSV text, as Python's `csv.reader` gives them: for tables that are small enough to hold.
 *
 * @param delimiter one character between cells. Default a comma.
 * @returns the records, and the lines on which a quote was opened that is never closed; those records are left out.
 *
 * @example
 * ```ts
 * import { parseCsv } from "@dylora/data";
 *
 * const { records } = parseCsv('mr,ref\n"name[Aromi], eatType[pub]",A fine 12" pub.\n');
 * console.log(records[1]?.cells); // [ 'name[Aromi], eatType[pub]', 'A fine 12" pub.' ]
 * ```
 */
export function parseCsv(text: string, delimiter = ","): { records: CsvRecord[]; openQuotes: number[] } {
  const records: CsvRecord[] = [];
  const openQuotes: number[] = [];
  const all = Number.MAX_SAFE_INTEGER;
  const parser = csvParser(
    {
      onRecord: (record) => {
        records.push(record);
        return all;
      },
      onOpenQuote: (line) => openQuotes.push(line),
    },
    all,
    delimiter,
  );
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  lines.forEach((line, index) => {
    parser.line(line, index + 1);
  });
  parser.end();
  return { records, openQuotes };
}
