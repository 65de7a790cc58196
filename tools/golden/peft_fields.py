"""Fields of PEFT's LoraConfig with their defaults: python tools/golden/peft_fields.py

The list that the field table of docs/peft.md and PEFT_LORA_DEFAULTS are held to. `saved` says whether PEFT writes the
field into adapter_config.json.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import peft
from peft import LoraConfig

OUTPUT = Path(__file__).resolve().parents[2] / "packages" / "io" / "src" / "peft" / "fixtures" / "lora-config-fields.json"


def main() -> None:
    saved = LoraConfig().to_dict()
    fields = sorted(field.name for field in dataclasses.fields(LoraConfig))
    content = {
        "peft": peft.__version__,
        "saved": {name: saved[name] for name in fields if name in saved},
        "not_saved": [name for name in fields if name not in saved],
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
