"""LoRA on parts of GPT-2's fused c_attn: query and value, each with its own A and B, as the LoRA paper has it.

PEFT knows adapters of the whole c_attn only. Rank b on p parts is a PEFT adapter of rank p b in blocks: the rows of
each part's A, and each part's B in the rows of the output that are the part's. With lora_alpha p times as large the
scale stays alpha / b.
"""

from __future__ import annotations

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

PARTS = ["q", "v"]
OFFSETS = {"q": 0, "k": 1, "v": 2}


def part_matrices(config: GPT2Config, rank: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Random A [r, n] and B [n, r] for each part of each layer."""
    return {
        f"parts.h.{layer}.attn.c_attn.{part}.lora_{letter}": torch.randn(shape, generator=generator) * 0.25
        for layer in range(config.n_layer)
        for part in PARTS
        for letter, shape in (("A", (rank, config.n_embd)), ("B", (config.n_embd, rank)))
    }


def parts_logits(
    base: GPT2LMHeadModel, matrices: dict[str, Tensor], batch: dict[str, Tensor], rank: int, alpha: float
) -> Tensor:
    """Logits with every part cut to `rank`, scale alpha / rank, through a PEFT adapter in block layout."""
    dtype, width, blocks = base.dtype, base.config.n_embd, rank * len(PARTS)
    config = LoraConfig(
        r=blocks, lora_alpha=alpha * len(PARTS), lora_dropout=0.0, target_modules=["c_attn"], fan_in_fan_out=True
    )
    model = get_peft_model(base, config).eval()
    with torch.no_grad():
        for layer, block in enumerate(base.transformer.h):
            a, b = torch.zeros(blocks, width), torch.zeros(3 * width, blocks)
            for index, part in enumerate(PARTS):
                name = f"parts.h.{layer}.attn.c_attn.{part}"
                rows, start = slice(index * rank, (index + 1) * rank), OFFSETS[part] * width
                a[rows] = matrices[f"{name}.lora_A"][:rank]
                b[start : start + width, rows] = matrices[f"{name}.lora_B"][:, :rank]
            block.attn.c_attn.lora_A["default"].weight.copy_(a)
            block.attn.c_attn.lora_B["default"].weight.copy_(b)
    return model.to(dtype)(**batch).logits
