"""Writes packages/data/src/fixtures/csv-quotes.json: rows that Python's csv module reads from CSV with odd quotes.

Usage: python tools/golden/csv_quotes.py
Texts whose last quote stays open are left out: csv reads the rest of the file as one cell, the product refuses the row.
Written with Python 3.11; no package is needed.
"""

import csv
import io
import json
import random
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "packages/data/src/fixtures/csv-quotes.json"
PIECES = ['"', '"', ",", "\n", "\r\n", "a", " ", "b", '""', '"a"', ',"', '",', '\n"', "é"]
FIXED = [
    'text,label\nA fine 12" record,1\nShe called it "great" twice,1\nDull,0\n',
    '"a "quoted" word",1\n',
    '"closed"then more,"x"\n',
    ' "not at the start",1\n',
    '"two\nlines ""and"" quotes",1\r\nnext,0',
]


def main() -> None:
    random.seed(12)
    texts = FIXED + ["".join(random.choices(PIECES, k=random.randint(1, 16))) for _ in range(1500)]
    cases = []
    for text in texts:
        # A mark after the end shows whether a quote is still open there.
        rows = list(csv.reader(io.StringIO(text + "\n@", newline="")))
        if rows[-1] != ["@"]:
            continue
        cases.append([text, [row for row in rows[:-1] if row]])
    OUT.write_text(json.dumps(cases[:600], ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
