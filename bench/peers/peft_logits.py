"""Logits of an exported adapter as Python transformers + PEFT compute them.

    python bench/peers/peft_logits.py --base DIR [--adapter DIR] --input in.jsonl --output out.jsonl

Reads and writes the lines of `dylora predict`: {"input_ids": [...], "attention_mask": [...]} or {"text": ...,
"text_pair": ...} in, {"logits": [...], "label": ...} out. The label is the index of the largest logit, or the score
itself where there is one logit. For causal models the logits are those of the last attended position
(`--positions all`: a list for every position), the label its likeliest token. Rows run one by one, without padding.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from hf_folder import MODEL_CLASSES, adapter_labels, guess_task, load_adapter, load_base, load_tokenizer
from torch import Tensor


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="Hugging Face model folder")
    parser.add_argument("--adapter", type=Path, help="PEFT folder; without it the base model alone")
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--task", choices=MODEL_CLASSES, help="default: from the adapter, else from the base")
    parser.add_argument("--num-labels", type=int, help="default: from the adapter's head, else from the base")
    parser.add_argument("--max-length", type=int, help="cut texts to this many tokens, longest part first")
    parser.add_argument("--positions", choices=["last", "all"], default="last", help="causal models only")
    return parser.parse_args()


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def encode(row: dict[str, Any], tokenizer: Any) -> dict[str, Tensor]:
    if "input_ids" in row:
        ids = row["input_ids"]
        mask = row.get("attention_mask", [1] * len(ids))
    else:
        encoding = tokenizer.encode(row["text"], row.get("text_pair"))
        ids, mask = encoding.ids, encoding.attention_mask
    return {"input_ids": torch.tensor([ids]), "attention_mask": torch.tensor([mask])}


def result(logits: Tensor, mask: Tensor, per_token: bool, positions: str) -> dict[str, Any]:
    """The output line for one row's logits: [labels], or [positions, vocabulary]."""
    decisive = logits[int(mask.nonzero().max())] if per_token else logits
    label = decisive.item() if decisive.numel() == 1 else int(decisive.argmax())
    return {"logits": (logits if per_token and positions == "all" else decisive).tolist(), "label": label}


@torch.inference_mode()
def main() -> None:
    arguments = parse()
    rows = read_rows(arguments.input)
    task = arguments.task or guess_task(arguments.base, arguments.adapter)
    labels = arguments.num_labels
    if labels is None and task == "classification" and arguments.adapter is not None:
        labels = adapter_labels(arguments.adapter)
    model = load_base(arguments.base, task, labels)
    if arguments.adapter is not None:
        model = load_adapter(model, arguments.adapter)
    tokenizer = None
    if any("input_ids" not in row for row in rows):
        tokenizer = load_tokenizer(arguments.base, arguments.adapter)
        if arguments.max_length is not None:
            tokenizer.enable_truncation(arguments.max_length, strategy="longest_first")
    with arguments.output.open("w", encoding="utf-8") as file:
        for row in rows:
            batch = encode(row, tokenizer)
            logits = model(**batch).logits[0]
            line = result(logits, batch["attention_mask"][0], task != "classification", arguments.positions)
            file.write(json.dumps(line) + "\n")
    print(f"{len(rows)} rows written to {arguments.output}")


if __name__ == "__main__":
    main()
