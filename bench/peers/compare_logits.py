"""Compare two JSONL files of logits: python bench/peers/compare_logits.py A.jsonl B.jsonl [--tolerance 1e-4]

Prints the largest absolute difference and how many rows have the same largest logit. Exits with 1 where the difference
is above the tolerance, or where the files differ in rows or shapes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np


def read_logits(path: Path) -> list[np.ndarray]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [np.asarray(json.loads(line)["logits"], dtype=np.float64) for line in lines if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    first, second = read_logits(arguments.first), read_logits(arguments.second)
    if not first or len(first) != len(second):
        sys.exit(f"{len(first)} rows against {len(second)}")
    differences, agreeing = [], 0
    for row, (a, b) in enumerate(zip(first, second, strict=True), start=1):
        if a.shape != b.shape:
            sys.exit(f"row {row}: shape {a.shape} against {b.shape}")
        differences.append(np.abs(a - b).max())
        agreeing += int(np.argmax(a) == np.argmax(b))
    worst = int(np.argmax(differences))
    print(f"rows {len(first)}, largest difference {differences[worst]:.3e} (row {worst + 1}), same argmax {agreeing}")
    # Written so that NaN fails.
    if not differences[worst] <= arguments.tolerance:
        sys.exit(f"above the tolerance of {arguments.tolerance:.1e}")


if __name__ == "__main__":
    main()
