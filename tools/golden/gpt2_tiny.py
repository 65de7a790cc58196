"""Golden files of a tiny random GPT-2: python tools/golden/gpt2_tiny.py [OUTPUT_FOLDER]

README.md in this folder lists the tensors. Everything is computed from the files written, not from models in memory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from adapter_cases import LossOfLogits, adapter_case, core_cases, with_prefix
from fixture_files import (
    FIXTURES,
    empty_folder,
    load_adapter,
    randomise,
    save_adapter,
    versions,
    write_expected,
    write_json,
)
from gpt2_generation import generation_cases
from gpt2_parts import PARTS, part_matrices, parts_logits
from peft import LoraConfig, TaskType
from rank_view import gated, prefix_gate
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel, set_seed

SEED = 0
# Wide enough for sharp, varied next-token distributions: greedy and beam choices are far from ties.
WEIGHT_STD = 0.4
META: dict[str, Any] = {
    "seed": SEED,
    "r": 4,
    "alpha": 8,
    "dropout": 0,
    "label_smoothing": 0.1,
    "ranks": [3, 1, 4, 2, 2, 1, 4, 3, 1, 3],
    "optimizer": {"name": "AdamW", "lr": 1e-2, "weight_decay": 0.1, "betas": [0.9, 0.999], "eps": 1e-8},
    "per_example_ranks": [2, 4, 1],
    "parts": PARTS,
}


def config(**changes: Any) -> GPT2Config:
    options: dict[str, Any] = {"n_layer": 2, "n_inner": 37, "n_positions": 48, **changes}
    return GPT2Config(
        vocab_size=99,
        n_embd=32,
        n_head=4,
        bos_token_id=0,
        eos_token_id=0,
        attn_pdrop=0.0,
        embd_pdrop=0.0,
        resid_pdrop=0.0,
        **options,
    )


def lora(rank: int = META["r"], alpha: int = META["alpha"], targets: tuple[str, ...] = ("c_attn",)) -> LoraConfig:
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules=list(targets),
        fan_in_fan_out=True,
    )


def write_models(folder: Path) -> None:
    model = GPT2LMHeadModel(config()).eval()
    randomise(model, SEED, WEIGHT_STD)
    model.save_pretrained(folder / "base")
    write_hub_layout(folder)
    untied = GPT2LMHeadModel(config(n_layer=1, n_inner=None, n_positions=20, tie_word_embeddings=False)).eval()
    randomise(untied, SEED + 1)
    untied.save_pretrained(folder / "base-untied")


def write_hub_layout(folder: Path) -> None:
    """`base` in float16 as the first GPT-2 checkpoints were saved: no `transformer.` before the names, and masks."""
    half = GPT2LMHeadModel.from_pretrained(folder / "base", dtype=torch.float16)
    half.save_pretrained(folder / "base-hub-layout")
    file = folder / "base-hub-layout" / "model.safetensors"
    tensors = {name.removeprefix("transformer."): value for name, value in load_file(file).items()}
    causal = torch.ones(config().n_positions, config().n_positions).tril()[None, None]
    tensors |= {f"h.{layer}.attn.bias": causal.clone() for layer in range(config().n_layer)}
    save_file(tensors, file, metadata={"format": "pt"})


def write_adapters(folder: Path) -> None:
    def base() -> GPT2LMHeadModel:
        return GPT2LMHeadModel.from_pretrained(folder / "base")

    save_adapter(base(), lora(), SEED + 2, folder / "adapter")
    sites = ("c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    save_adapter(base(), lora(3, 6, sites), SEED + 3, folder / "adapter-all-sites")


def make_inputs() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(SEED)
    lengths, prompts = [11, 7, 9], [4, 1, 5]
    ids = torch.randint(1, 99, (3, 11), generator=generator)
    mask = (torch.arange(11) < torch.tensor(lengths)[:, None]).long()
    ids *= mask
    labels = torch.where((mask == 1) & (torch.arange(11) >= torch.tensor(prompts)[:, None]), ids, -100)
    left = torch.stack([row.roll(11 - length) for row, length in zip(ids, lengths, strict=True)])
    left_mask = torch.stack([row.roll(11 - length) for row, length in zip(mask, lengths, strict=True)])
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "labels": labels,
        "left_padding.input_ids": left,
        "left_padding.attention_mask": left_mask,
        "left_padding.position_ids": (left_mask.cumsum(1) - 1).clamp_min(0),
        "longest.input_ids": torch.randint(1, 99, (1, config().n_positions), generator=generator),
        **part_matrices(config(), META["r"], generator),
    }


def shifted_loss(labels: Tensor, smoothing: float = 0.0) -> LossOfLogits:
    """Mean cross-entropy of each next token, where its label is not -100."""

    def loss(logits: Tensor) -> Tensor:
        return cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), label_smoothing=smoothing)

    return loss


def causal_core(folder: Path, inputs: dict[str, Tensor], meta: dict[str, Any], dtype: torch.dtype) -> dict[str, Tensor]:
    return core_cases(folder, inputs, meta, dtype, GPT2LMHeadModel, shifted_loss(inputs["labels"]))


def more_cases(folder: Path, inputs: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    batch = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
    labels, rank, alpha = inputs["labels"], META["r"], META["alpha"]

    def base(name: str) -> GPT2LMHeadModel:
        return GPT2LMHeadModel.from_pretrained(folder / name, dtype=dtype).eval()

    model = load_adapter(GPT2LMHeadModel, folder / "base", folder / "adapter", dtype)
    smooth = adapter_case(model, batch, shifted_loss(labels, META["label_smoothing"]))
    del smooth["logits"]
    gate = torch.stack([prefix_gate(b, rank, alpha) for b in META["per_example_ranks"]]).to(dtype)
    with gated(model, gate):
        per_example = adapter_case(model, batch, shifted_loss(labels))
    all_sites = load_adapter(GPT2LMHeadModel, folder / "base", folder / "adapter-all-sites", dtype)
    left_mask = inputs["left_padding.attention_mask"]
    left = base("base")(
        input_ids=inputs["left_padding.input_ids"],
        attention_mask=left_mask,
        position_ids=inputs["left_padding.position_ids"],
    )
    return {
        **with_prefix("smooth.", smooth),
        **with_prefix("gate.per_example.", {"gate": gate, **per_example}),
        **with_prefix("all_sites.", adapter_case(all_sites, batch, shifted_loss(labels))),
        # What a padding position computes is nobody's business.
        "left_padding.base.logits": left.logits * left_mask[..., None],
        "longest.base.last_logits": base("base")(inputs["longest.input_ids"]).logits[:, -3:],
        "untied.base.logits": base("base-untied")(**batch).logits,
        "hub_layout.base.logits": base("base-hub-layout")(**batch).logits,
        **{f"parts.prefix.{b}.logits": parts_logits(base("base"), inputs, batch, b, alpha) for b in range(1, rank + 1)},
    }


def main() -> None:
    folder = empty_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURES / "gpt2-tiny")
    set_seed(SEED)
    write_models(folder)
    write_adapters(folder)
    inputs = make_inputs()

    def compute(dtype: torch.dtype) -> dict[str, Tensor]:
        return causal_core(folder, inputs, META, dtype) | more_cases(folder, inputs, dtype)

    write_expected(folder, inputs, compute, tolerance=2e-5)
    write_json(folder / "meta.json", {**versions(), **META, **generation_cases(folder)})


if __name__ == "__main__":
    main()
