"""What PEFT takes a pattern or a selection of modules to mean: python tools/golden/peft_patterns.py

For packages/module-patterns. Every pattern is tried on every path, by PEFT's own functions.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peft
from peft.tuners.tuners_utils import check_target_module_exists
from peft.utils.other import get_pattern_key

OUTPUT = Path(__file__).resolve().parents[2] / "packages" / "module-patterns" / "src" / "fixtures" / "peft-patterns.json"

PATHS = [
    *(f"{root}encoder.layer.{layer}.{module}" for root in ("", "roberta.") for layer in (0, 1, 10)
      for module in ("attention.self.query", "attention.self.value", "attention.output.dense", "output.dense")),
    *(f"transformer.h.{layer}.{module}" for layer in (0, 11) for module in ("attn.c_attn", "attn.c_proj", "mlp.c_proj")),
    "model.layers.1.experts.0.down", "classifier.dense", "classifier", "xclassifier.dense", "score", "query", "xquery",
    "lm_head", "pooler.dense",
]

KEYS = [
    "query", "self.query", "self.quer", "^query", "^encoder.layer.0", r"^encoder\.layer\.0\.attention\.self\.query",
    r"^roberta\.encoder\.layer\.0\.attention\.self\.query", r"layer\.[01]\.output\.dense", r"layer\.\d+\.attention\..*",
    r"layer\.1.*", "dense", ".dense", "e.dense", r".*\.dense", "encoder|query", "a)|(query", "(query|value)", "qu{,1}ery",
    r"layer\.\d{2}\..*value", r"query\Z", "query$", "[]q]uery", r"(?:attn|mlp)\.c_proj", r"h\.(1[0-9]|0)\.attn\.c_attn",
    r"(?P<x>c_attn|c_fc)", "", "QUERY", r"[^.]+", r"\w+_proj", "layer.1.attention.self.query", r"\bquery",
]

SELECTIONS: list[dict[str, Any]] = [
    {"target_modules": ["query", "value"]},
    {"target_modules": ["dense"]},
    {"target_modules": ["dense", "classifier"], "modules_to_save": ["classifier", "score"]},
    {"target_modules": ["dense"], "modules_to_save": ["output"]},
    {"target_modules": ["dense"], "modules_to_save": ["out.*"]},
    {"target_modules": r".*\.(query|value)"},
    {"target_modules": r"roberta\.encoder\.layer\.\d\..*"},
    {"target_modules": "query"},
    {"target_modules": "(?i).*QUERY"},
    {"target_modules": ["query"], "exclude_modules": ["layer.0.attention.self.query"]},
    {"target_modules": ["query", "dense"], "exclude_modules": r".*\.1\..*"},
    {"target_modules": ["query", "c_proj"], "layers_to_transform": [1, 11]},
    {"target_modules": ["query"], "layers_to_transform": 0},
    {"target_modules": ["query"], "layers_to_transform": []},
    {"target_modules": ["query", "query"], "layers_to_transform": [10], "layers_pattern": "layer"},
    {"target_modules": ["query", "c_attn"], "layers_to_transform": [0], "layers_pattern": ["blocks", "h"]},
    {"target_modules": ["query"], "layers_to_transform": [0], "layers_pattern": []},
    {"target_modules": ["query", "encoder.layer.0.output.dense"], "layers_to_transform": [1]},
    {"target_modules": ["down"], "layers_to_transform": [1]},
    {"target_modules": ["down"], "layers_to_transform": [0], "layers_pattern": "experts"},
    {"target_modules": ["down"], "layers_to_transform": [0], "layers_pattern": "layers|experts"},
]


def keyed(key: str) -> list[str]:
    """Paths that a key of rank_pattern means."""
    return [path for path in PATHS if re.match(rf"(.*\.)?({key})$", path) and get_pattern_key([key], path) == key]


def selected(selection: dict[str, Any]) -> list[str]:
    """Paths that get a pair."""
    return [path for path in PATHS if check_target_module_exists(SimpleNamespace(**selection), path)]


def main() -> None:
    content = {
        "peft": peft.__version__,
        "paths": PATHS,
        "keys": [{"key": key, "paths": keyed(key)} for key in KEYS],
        "selections": [{"selection": selection, "paths": selected(selection)} for selection in SELECTIONS],
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
