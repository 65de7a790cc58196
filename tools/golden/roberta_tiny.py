"""Golden files of a tiny random RoBERTa: python tools/golden/roberta_tiny.py [OUTPUT_FOLDER]

README.md in this folder lists the tensors. Everything is computed from the files written, not from models in memory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from adapter_cases import adapter_case, core_cases, with_prefix
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
from peft import LoraConfig, PeftModel, TaskType
from rank_view import gated, matryoshka_gate, prefix_gate
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import RobertaConfig, RobertaForMaskedLM, RobertaForSequenceClassification, set_seed
from transformers.models.roberta.modeling_roberta import RobertaEmbeddings

SEED = 0
LABELS = 3
PAD, BOS, EOS = 1, 0, 2
META: dict[str, Any] = {
    "seed": SEED,
    "r": 4,
    "alpha": 8,
    "dropout": 0,
    "label_smoothing": 0.1,
    "ranks": [3, 1, 4, 2, 2, 1, 4, 3, 1, 3],
    "optimizer": {"name": "AdamW", "lr": 1e-2, "weight_decay": 0.1, "betas": [0.9, 0.999], "eps": 1e-8},
    "per_example_ranks": [2, 4, 1, 3, 1],
    "matryoshka_ranks": [1, 2, 4],
}
SITES_ALL = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]


def config(**changes: Any) -> RobertaConfig:
    return RobertaConfig(
        vocab_size=99,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=37,
        max_position_embeddings=23,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=PAD,
        bos_token_id=BOS,
        eos_token_id=EOS,
        **changes,
    )


def lora(rank: int = META["r"], alpha: int = META["alpha"], **changes: Any) -> LoraConfig:
    options: dict[str, Any] = {"task_type": TaskType.SEQ_CLS, "target_modules": ["query", "value"], **changes}
    return LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, **options)


def write_models(folder: Path) -> None:
    classifier = RobertaForSequenceClassification(config(num_labels=LABELS)).eval()
    randomise(classifier, SEED)
    classifier.save_pretrained(folder / "base")
    masked_lm = RobertaForMaskedLM(config()).eval()
    randomise(masked_lm, SEED + 1)
    masked_lm.save_pretrained(folder / "masked-lm")
    classifier.to(torch.bfloat16).save_pretrained(folder / "base-bfloat16")
    half = folder / "base-float16-sharded"
    classifier.from_pretrained(folder / "base", dtype=torch.float16).save_pretrained(half, max_shard_size="20KB")
    add_position_buffer(half)


def add_position_buffer(folder: Path) -> None:
    """Older releases of transformers saved this integer buffer among the weights; readers must pass over it."""
    first = min(folder.glob("*.safetensors"))
    ids = torch.arange(config().max_position_embeddings)[None]
    save_file({**load_file(first), "roberta.embeddings.position_ids": ids}, first, metadata={"format": "pt"})


def write_adapters(folder: Path) -> None:
    def classifier(labels: int = LABELS, base: str = "base") -> RobertaForSequenceClassification:
        return RobertaForSequenceClassification.from_pretrained(folder / base, num_labels=labels)

    save_adapter(classifier(), lora(), SEED + 2, folder / "adapter")
    save_adapter(classifier(), lora(3, 6, target_modules=SITES_ALL), SEED + 3, folder / "adapter-all-sites")
    pattern = lora(
        rank_pattern={"roberta.encoder.layer.1.attention.self.value": 3, r"layer\.0\..*query": 2},
        alpha_pattern={"value": 5, r"layer\.1\.attention\.self\.query": 12},
        use_rslora=True,
    )
    save_adapter(classifier(), pattern, SEED + 4, folder / "adapter-pattern")
    save_adapter(classifier(1, "masked-lm"), lora(), SEED + 5, folder / "adapter-regression")
    masked_lm = RobertaForMaskedLM.from_pretrained(folder / "masked-lm")
    save_adapter(masked_lm, lora(task_type=None), SEED + 6, folder / "adapter-masked-lm")


def sentences(lengths: list[int], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random ids `<s> ... </s>` of the lengths given, padded on the right, and the attention mask."""
    ids = torch.full((len(lengths), max(lengths)), PAD)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = torch.randint(4, 99, (length,), generator=generator)
        row[length - 1], row[0] = EOS, BOS
    return ids, (ids != PAD).long()


def make_inputs() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(SEED)
    ids, mask = sentences([13, 9, 5, 12, 7], generator)
    padding_ids = ids.clone()
    padding_ids[1] = padding_ids[1].roll(4)
    padding_ids[2] = padding_ids[2].roll(3)
    padding_ids[3, 4:6] = PAD
    masked_labels = torch.where((torch.rand(ids.shape, generator=generator) < 0.3) & (mask == 1), ids, -100)
    masked_ids = torch.where(masked_labels == -100, ids, 98)
    longest, _ = sentences([config().max_position_embeddings - 2] * 2, generator)
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "labels": torch.tensor([0, 2, 1, 2, 0]),
        "regression.labels": torch.randn(len(ids), generator=generator) * 2 + 1,
        "masked_lm.input_ids": masked_ids,
        "masked_lm.labels": masked_labels,
        "padding.input_ids": padding_ids,
        "padding.attention_mask": (padding_ids != PAD).long(),
        "longest.input_ids": longest,
        "shortest.input_ids": torch.tensor([[BOS]]),
    }


def classifier_core(
    folder: Path, inputs: dict[str, Tensor], meta: dict[str, Any], dtype: torch.dtype
) -> dict[str, Tensor]:
    def loss_of_logits(logits: Tensor) -> Tensor:
        return cross_entropy(logits, inputs["labels"])

    return core_cases(folder, inputs, meta, dtype, RobertaForSequenceClassification, loss_of_logits)


def more_cases(folder: Path, inputs: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    batch = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
    labels, rank, alpha = inputs["labels"], META["r"], META["alpha"]
    results: dict[str, Tensor] = {}

    def load(adapter: str, base: str = "base", **options: Any) -> PeftModel:
        return load_adapter(RobertaForSequenceClassification, folder / base, folder / adapter, dtype, **options)

    model = load("adapter")
    smoothing = META["label_smoothing"]
    smooth = adapter_case(model, batch, lambda logits: cross_entropy(logits, labels, label_smoothing=smoothing))
    del smooth["logits"]
    results |= with_prefix("smooth.", smooth)
    ranks_gate = torch.stack([prefix_gate(b, rank, alpha) for b in META["per_example_ranks"]])
    for name, gate in {
        "per_example": ranks_gate,
        "matryoshka": matryoshka_gate(META["matryoshka_ranks"], rank, alpha),
    }.items():
        with gated(model, gate.to(dtype)):
            case = adapter_case(model, batch, lambda logits: cross_entropy(logits, labels))
        results |= with_prefix(f"gate.{name}.", {"gate": gate.to(dtype), **case})

    for name in ("all-sites", "pattern"):
        case = adapter_case(load(f"adapter-{name}"), batch, lambda logits: cross_entropy(logits, labels))
        results |= with_prefix(f"{name.replace('-', '_')}.", case)

    scores = inputs["regression.labels"].to(dtype)
    model = load("adapter-regression", "masked-lm", num_labels=1)
    regression = adapter_case(model, batch, lambda logits: torch.nn.functional.mse_loss(logits.squeeze(1), scores))
    results |= with_prefix("regression.", regression)

    base = RobertaForSequenceClassification.from_pretrained(folder / "base", dtype=dtype).eval()
    padded = {"input_ids": inputs["padding.input_ids"], "attention_mask": inputs["padding.attention_mask"]}
    out = base(**padded, output_hidden_states=True)
    results["padding.position_ids"] = RobertaEmbeddings.create_position_ids_from_input_ids(padded["input_ids"], PAD)
    results["padding.base.logits"] = out.logits
    results |= {f"padding.base.hidden.{n}": hidden for n, hidden in enumerate(out.hidden_states)}
    results["padding.unmasked.base.logits"] = base(input_ids=padded["input_ids"]).logits
    for name in ("longest", "shortest"):
        results[f"{name}.base.logits"] = base(input_ids=inputs[f"{name}.input_ids"]).logits
    for name in ("float16-sharded", "bfloat16"):
        stored = RobertaForSequenceClassification.from_pretrained(folder / f"base-{name}", dtype=dtype).eval()
        results[f"{name.replace('-', '_')}.base.logits"] = stored(**batch).logits
    return results | masked_lm_cases(folder, inputs, dtype)


def masked_lm_cases(folder: Path, inputs: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    batch = {"input_ids": inputs["masked_lm.input_ids"], "attention_mask": inputs["attention_mask"]}
    labels = inputs["masked_lm.labels"]

    def loss_of(logits: Tensor) -> Tensor:
        return cross_entropy(logits.flatten(0, 1), labels.flatten())

    base = RobertaForMaskedLM.from_pretrained(folder / "masked-lm", dtype=dtype).eval()
    logits = base(**batch).logits
    model = load_adapter(RobertaForMaskedLM, folder / "masked-lm", folder / "adapter-masked-lm", dtype)
    return {
        "masked_lm.base.logits": logits,
        "masked_lm.base.loss": loss_of(logits),
        **with_prefix("masked_lm.", adapter_case(model, batch, loss_of)),
    }


def main() -> None:
    folder = empty_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURES / "roberta-tiny")
    set_seed(SEED)
    write_models(folder)
    write_adapters(folder)
    write_json(folder / "meta.json", {**versions(), **META})
    inputs = make_inputs()

    def compute(dtype: torch.dtype) -> dict[str, Tensor]:
        return classifier_core(folder, inputs, META, dtype) | more_cases(folder, inputs, dtype)

    write_expected(folder, inputs, compute, tolerance=2e-5)


if __name__ == "__main__":
    main()
