"""Opening of Hugging Face model folders and PEFT adapter folders, strictly: nothing is left out in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import PeftModel, get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    PreTrainedModel,
)

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

MODEL_CLASSES = {
    "classification": AutoModelForSequenceClassification,
    "causal-lm": AutoModelForCausalLM,
    "masked-lm": AutoModelForMaskedLM,
}
HEADS = ("ForSequenceClassification", "LMHeadModel", "ForMaskedLM")
PEFT_TASKS = {"SEQ_CLS": "classification", "CAUSAL_LM": "causal-lm"}


def read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def guess_task(base: Path, adapter: Path | None) -> str:
    """The adapter's task type, else the head that the base was saved with."""
    if adapter is not None:
        task = PEFT_TASKS.get(read_json(adapter / "adapter_config.json").get("task_type") or "")
        if task is not None:
            return task
    architecture = (read_json(base / "config.json").get("architectures") or [""])[0]
    for head, task in zip(HEADS, MODEL_CLASSES, strict=True):
        if architecture.endswith(head):
            return task
    raise SystemExit(f"{base}: cannot tell the task from architecture {architecture!r}; pass --task")


def adapter_labels(adapter: Path) -> int | None:
    """Number of labels of the classification head that the adapter carries."""
    with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118
            if name.endswith(("classifier.out_proj.weight", "score.weight")):
                return file.get_slice(name).get_shape()[0]
    return None


def load_base(base: Path, task: str, num_labels: int | None = None, **options: Any) -> PreTrainedModel:
    """The model in float32, in evaluation mode, with a fresh head where the folder has none."""
    if num_labels is not None:
        options["num_labels"] = num_labels
    return MODEL_CLASSES[task].from_pretrained(base, dtype=torch.float32, **options).eval()


def load_adapter(model: PreTrainedModel, adapter: Path) -> PeftModel:
    """`model` with the adapter; refused unless every tensor of the file went in, and nothing else was wanted."""
    adapted = PeftModel.from_pretrained(model, adapter).eval()
    stored, loaded = load_file(adapter / "adapter_model.safetensors"), get_peft_model_state_dict(adapted)
    if stored.keys() != loaded.keys():
        difference = sorted(stored.keys() ^ loaded.keys())
        raise SystemExit(f"{adapter}: file and model disagree about {difference}")
    for name, value in stored.items():
        if not torch.equal(loaded[name].float(), value.float()):
            raise SystemExit(f"{adapter}: {name} was not loaded")
    return adapted


def load_tokenizer(*folders: Path | None) -> Tokenizer:
    for folder in folders:
        if folder is not None and (folder / "tokenizer.json").is_file():
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            tokenizer.no_padding()
            tokenizer.no_truncation()
            return tokenizer
    raise SystemExit("text needs a tokenizer.json in the base or the adapter folder")
