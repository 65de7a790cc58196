"""Recompute a golden folder from its own models and inputs: python tools/golden/check.py FOLDER...

Works on any folder of the layout in README.md, also one made by other scripts: it loads base/ and adapter/, runs
them on the inputs stored in expected.safetensors, and compares every tensor that both sides have, and generated tokens.
Exits with 1 where one differs by more than 1e-4 (relative to the tensor's largest entry).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gpt2_tiny
import roberta_tiny
import torch
from fixture_files import read_expected, relative_difference
from gpt2_generation import Case, Generator

TOLERANCE = 1e-4
CORES = {"roberta": roberta_tiny.classifier_core, "gpt2": gpt2_tiny.causal_core}


def check(folder: Path) -> bool:
    expected, meta = read_expected(folder)
    core = CORES[json.loads((folder / "base" / "config.json").read_text())["model_type"]]
    results = core(folder, expected, meta, torch.float32)
    errors = {name: relative_difference(results[name], expected[name]) for name in results if name in expected}
    for name, error in errors.items():
        if error > TOLERANCE:
            print(f"{folder}: {name} differs by {error:.1e}")
    changed = [] if "generation" not in meta else changed_generations(folder, meta["generation"])
    for name in changed:
        print(f"{folder}: generation {name!r} gives other tokens")
    worst = max(errors, key=errors.__getitem__)
    print(f"{folder}: {len(errors)} tensors compared, worst {worst}: {errors[worst]:.1e}")
    return errors[worst] <= TOLERANCE and not changed


def changed_generations(folder: Path, cases: list[dict[str, Any]]) -> list[str]:
    """Names of the generation cases whose tokens come out otherwise."""
    generate = Generator(folder, torch.float32)
    return [
        case["name"]
        for case in cases
        if generate(Case(case["name"], case["args"], (), case["adapter"], case["rank"]), case["prompts"])["tokens"]
        != case["tokens"]
    ]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    agreed = [check(Path(name)) for name in sys.argv[1:]]
    sys.exit(0 if all(agreed) else 1)
