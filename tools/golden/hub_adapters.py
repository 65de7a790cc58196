"""Adapters as they lie on the hub, by PEFT itself, and what Python computes with them: python tools/golden/hub_adapters.py DIR

Each case is a folder: base/, adapter/, in.jsonl, expected.json (logits of a classifier, or new tokens of a GPT-2). Run
`dylora predict` or `dylora generate --max-new-tokens 8` on them, and compare. Nothing of it is committed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from fixture_files import empty_folder, randomise, randomise_adapter
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaModel,
)

CLASSIFIER_INPUTS = [[0, 5, 6, 7, 8, 9, 2], [0, 44, 17, 81, 2], [0, 93, 3, 2]]
PROMPTS = [[5, 6, 7], [44, 17, 81, 3], [93]]


def roberta(seed: int = 1) -> RobertaForSequenceClassification:
    config = RobertaConfig(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37,
                           max_position_embeddings=23, num_labels=3, type_vocab_size=1, pad_token_id=1)
    model = RobertaForSequenceClassification(config).eval()
    randomise(model, seed)
    return model


def gpt2(seed: int = 2, **changes: object) -> GPT2LMHeadModel:
    config = GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4, n_positions=24, bos_token_id=None,
                        eos_token_id=None, **changes)
    model = GPT2LMHeadModel(config).eval()
    randomise(model, seed)
    if config.tie_word_embeddings:
        model.tie_weights()
    return model


def logits(model: torch.nn.Module, inputs: list[list[int]] = CLASSIFIER_INPUTS) -> list[list[float]]:
    with torch.no_grad():
        return [model(input_ids=torch.tensor([ids])).logits[0].tolist() for ids in inputs]


def tokens(model: torch.nn.Module) -> list[list[int]]:
    texts = []
    for ids in PROMPTS:
        ids = list(ids)
        start = len(ids)
        with torch.no_grad():
            for _ in range(8):
                ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
        texts.append(ids[start:])
    return texts


class Cases:
    def __init__(self, root: Path) -> None:
        self.root = empty_folder(root)

    def write(self, name: str, make: Callable[[], PreTrainedModel], config: LoraConfig, *, bare: bool = False,
              resize: int | None = None, edit: Callable[[Path], None] | None = None, save: dict[str, object] | None = None,
              change: Callable[[PreTrainedModel], None] | None = None) -> None:
        folder = self.root / name
        base = make()
        base.save_pretrained(folder / "base")
        is_causal = isinstance(base, GPT2LMHeadModel)

        def fresh() -> PreTrainedModel:
            model = type(base).from_pretrained(folder / "base").eval()
            model.name_or_path = model.config._name_or_path = str(folder / "base")
            if resize is not None:
                model.resize_token_embeddings(resize, mean_resizing=False)
            return model

        model = fresh()
        inner = model.roberta if bare else model
        if bare:
            inner = RobertaModel.from_pretrained(folder / "base", add_pooling_layer=False).eval()
            inner.name_or_path = str(folder / "base")
        if change is not None:
            change(model)
        peft = get_peft_model(inner, config)
        randomise_adapter(peft, 7)
        peft.save_pretrained(folder / "adapter", **(save or {}))
        if edit is not None:
            edit(folder / "adapter")
        target = fresh()
        if bare:
            target.roberta = PeftModel.from_pretrained(target.roberta, folder / "adapter").eval()
            loaded: torch.nn.Module = target
        else:
            loaded = PeftModel.from_pretrained(target, folder / "adapter").eval()
        inputs = PROMPTS if is_causal else CLASSIFIER_INPUTS
        (folder / "in.jsonl").write_text("".join(json.dumps({"input_ids": ids}) + "\n" for ids in inputs))
        (folder / "expected.json").write_text(json.dumps(tokens(loaded) if is_causal else logits(loaded)))
        print(name)


def edited(**changes: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return edit


def new_table(model: PreTrainedModel) -> None:
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table.add_(torch.randn(table.shape, generator=torch.Generator().manual_seed(3)) * 0.3)


def main(root: Path) -> None:
    cases = Cases(root)
    seq = {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8}
    lm = {"task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "fan_in_fan_out": True}
    cases.write("seq", roberta, LoraConfig(**seq, target_modules=["query", "value"]))
    cases.write("seq-patterns", roberta, LoraConfig(**seq, use_rslora=True, target_modules=r".*\.layer\.[01]\..*(query|dense)",
                rank_pattern={"^roberta.encoder.layer.0": 3, r"layer\.1\.output\.dense": 2, "self.query": 6},
                alpha_pattern={"query": 5, r"^roberta\.encoder\.layer\.\d+\.output.*": 1}))
    cases.write("seq-layers", roberta, LoraConfig(**seq, target_modules=["query", "dense"], layers_to_transform=[1],
                layers_pattern="layer", exclude_modules=r".*intermediate.*"))
    cases.write("bare-patterns", roberta, LoraConfig(r=4, lora_alpha=8, target_modules=["query", "dense"],
                rank_pattern={"^encoder.layer.0.output.dense": 2}, alpha_pattern={r"^encoder\.layer\.1\..*query": 32}), bare=True)
    cases.write("edited-targets", roberta, LoraConfig(**seq, target_modules=["query", "value"]), edit=edited(target_modules=["query"]))
    cases.write("edited-layers", roberta, LoraConfig(**seq, target_modules=["query", "value"]), edit=edited(layers_to_transform=[0]))
    cases.write("edited-null", roberta, LoraConfig(**seq, target_modules=["query", "value", "key"]), edit=edited(target_modules=None))
    cases.write("all-linear", roberta, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", use_rslora=True))
    cases.write("out-proj", roberta, LoraConfig(r=4, lora_alpha=8, target_modules=["query", "out_proj"], rank_pattern={"out_proj": 2}))
    cases.write("words-trained", roberta, LoraConfig(**seq, target_modules=["query"], modules_to_save=["word_embeddings"]))
    cases.write("norms-trained", roberta, LoraConfig(**seq, target_modules=["query"], modules_to_save=["LayerNorm"]))
    cases.write("roberta-resized", roberta, LoraConfig(**seq, target_modules=["query"]), resize=104)
    cases.write("gpt2-resized", gpt2, LoraConfig(**lm, target_modules=["c_attn"]), resize=104)
    cases.write("gpt2-shrunk", gpt2, LoraConfig(**lm, target_modules=["c_attn"]), resize=96)
    cases.write("gpt2-forced", gpt2, LoraConfig(**lm, target_modules=["c_attn"]), save={"save_embedding_layers": True}, change=new_table)
    cases.write("gpt2-wte-trained", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte"]))
    cases.write("gpt2-head-trained", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["lm_head"]))
    cases.write("gpt2-both-trained", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte", "lm_head"]))
    cases.write("gpt2-tied-trained", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte"], ensure_weight_tying=True))
    cases.write("gpt2-resized-trained", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte", "lm_head"]), resize=104)
    cases.write("gpt2-resized-wte", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte"]), resize=104)
    cases.write("gpt2-resized-head", gpt2, LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["lm_head"]), resize=104)
    cases.write("roberta-resized-words", roberta, LoraConfig(**seq, target_modules=["query"], modules_to_save=["word_embeddings"]), resize=104)
    cases.write("gpt2-untied-both", lambda: gpt2(tie_word_embeddings=False), LoraConfig(**lm, target_modules=["c_attn"], modules_to_save=["wte", "lm_head"]), resize=104)
    cases.write("gpt2-untied-resized", lambda: gpt2(tie_word_embeddings=False), LoraConfig(**lm, target_modules=["c_attn", "c_fc"]), resize=104)
    cases.write("gpt2-norms", gpt2, LoraConfig(**lm, target_modules=["c_proj"], modules_to_save=["ln_f", "ln_1"]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
