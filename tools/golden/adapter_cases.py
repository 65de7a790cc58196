"""Cases that every golden folder has: the base, the adapter, its prefixes, training steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from fixture_files import load_adapter
from peft import PeftModel, get_peft_model_state_dict
from rank_view import gated, gradients, keep_only_rank, prefix_gate, train_ranks, train_ranks_strict, trainable
from torch import Tensor
from transformers import PreTrainedModel

LossOfLogits = Callable[[Tensor], Tensor]


def with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in tensors.items()}


def core_cases(
    folder: Path,
    inputs: dict[str, Tensor],
    meta: dict[str, Any],
    dtype: torch.dtype,
    model_class: type[PreTrainedModel],
    loss_of_logits: LossOfLogits,
) -> dict[str, Tensor]:
    """base/ and adapter/ of `folder` on its main batch; training steps where `meta` tells their ranks."""
    batch = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
    rank, alpha = meta["r"], meta["alpha"]
    base = model_class.from_pretrained(folder / "base", dtype=dtype).eval()
    out = base(**batch, output_hidden_states=True)
    results = {"base.logits": out.logits, "base.loss": loss_of_logits(out.logits)}
    results |= {f"base.hidden.{n}": hidden for n, hidden in enumerate(out.hidden_states)}

    def load() -> PeftModel:
        return load_adapter(model_class, folder / "base", folder / "adapter", dtype)

    def loss_of(model: PeftModel) -> Tensor:
        return loss_of_logits(model(**batch).logits)

    model = load()
    results["adapter.logits"] = model(**batch).logits
    results["adapter.loss"] = loss_of(model)
    results |= with_prefix("grad.", gradients(model, results["adapter.loss"]))
    for b in range(1, rank + 1):
        with gated(model, prefix_gate(b, rank, alpha).to(dtype)):
            results[f"prefix.{b}.logits"] = model(**batch).logits
            results[f"prefix.{b}.loss"] = loss_of(model)
            results |= with_prefix(f"prefix.{b}.grad.", gradients(model, results[f"prefix.{b}.loss"]))
        keep_only_rank(model, b)
        frozen = {name: value.grad.clone() for name, value in trainable(model).items() if ".lora_" in name}
        results |= with_prefix(f"prefix.{b}.frozen.grad.", frozen)

    if "ranks" not in meta:
        return results
    options = {key: value for key, value in meta["optimizer"].items() if key != "name"}
    schedule = (loss_of, meta["ranks"], alpha, rank)
    for mode in ("full", "frozen_reference", "frozen_strict"):
        model = load()
        if mode == "frozen_strict":
            losses = train_ranks_strict(model, *schedule, lambda parts: torch.optim.AdamW(parts, **options))
        else:
            optimizer = torch.optim.AdamW(trainable(model).values(), **options)
            losses = train_ranks(model, *schedule, mode != "full", optimizer)
        results[f"train.{mode}.losses"] = losses
        results |= with_prefix(f"train.{mode}.end.", get_peft_model_state_dict(model))
    return results


def adapter_case(model: PeftModel, batch: dict[str, Tensor], loss_of_logits: LossOfLogits) -> dict[str, Tensor]:
    """Logits, loss and gradients of one adapter."""
    logits = model(**batch).logits
    loss = loss_of_logits(logits)
    return {"logits": logits, "loss": loss, **with_prefix("grad.", gradients(model, loss))}
