"""Times torch + transformers + PEFT on one configuration, as a peer for `pnpm bench step`.

    python bench/peers/pytorch_peft.py --model roberta-base --batch 16 --length 128
    python bench/peers/pytorch_peft.py --model gpt2-medium --batch 4 --length 512 --precision autocast --mode compile
    python bench/peers/pytorch_peft.py --what generate --model gpt2-medium --batch 16 --length 32 --new-tokens 64

Weights and token ids are random. A training step is forward, backward and AdamW, with LoRA on query and value (RoBERTa;
the head trains too) or c_attn (GPT-2). Prints one JSON object; run one process for each configuration, since peak
memory is the process's. Precisions: float32; autocast (float32 weights, bfloat16 products); bfloat16 (the frozen
weights stored in bfloat16 too, adapters and optimiser float32).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from torch import Tensor
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    RobertaConfig,
    RobertaForSequenceClassification,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "golden"))
from rank_view import gated, prefix_gate, trainable

ROBERTA = {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
SHAPES: dict[str, dict[str, Any]] = {
    "roberta-base": ROBERTA,
    "roberta-large": {
        **ROBERTA,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
    "roberta-tiny": {
        **ROBERTA,
        "vocab_size": 1000,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 256,
    },
    "gpt2-small": {},
    "gpt2-medium": {"n_embd": 1024, "n_layer": 24, "n_head": 16},
    "gpt2-tiny": {"vocab_size": 1000, "n_embd": 64, "n_layer": 2, "n_head": 4},
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=["train", "forward", "generate"], default="train")
    parser.add_argument("--model", choices=SHAPES, default="roberta-base")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=128, help="tokens in a row; of the prompt when generating")
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=16)
    parser.add_argument("--dylora", action="store_true", help="a uniform random rank for every training step")
    parser.add_argument("--merged", action="store_true", help="merge the adapter first; not for training")
    parser.add_argument("--precision", choices=["float32", "autocast", "bfloat16"], default="float32")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--dropout", type=float, default=0.0, help="hidden, attention and embedding dropout")
    parser.add_argument("--lora-dropout", type=float, default=0.0)
    parser.add_argument("--mask", action="store_true", help="rows of random lengths from half to full, padded")
    parser.add_argument("--warmup", type=int, default=2, help="untimed rounds; the first one compiles")
    parser.add_argument("--steps", type=int, default=5, help="timed rounds")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.what == "generate" and (options.mode == "compile" or not options.model.startswith("gpt2")):
        parser.error("generate runs GPT-2 in eager mode: a compiled forward compiles anew as the cache grows")
    if options.merged and (options.what == "train" or options.dylora):
        parser.error("a merged adapter can neither be trained nor change its rank")
    return options


def build(options: argparse.Namespace) -> PeftModel:
    torch.manual_seed(options.seed)
    causal = options.model.startswith("gpt2")
    drop = options.dropout
    if causal:
        config: Any = GPT2Config(attn_pdrop=drop, embd_pdrop=drop, resid_pdrop=drop, **SHAPES[options.model])
    else:
        config = RobertaConfig(
            hidden_dropout_prob=drop, attention_probs_dropout_prob=drop, num_labels=2, **SHAPES[options.model]
        )
    config._attn_implementation = options.attention
    base: PreTrainedModel = (GPT2LMHeadModel if causal else RobertaForSequenceClassification)(config)
    if options.precision == "bfloat16":
        base.to(torch.bfloat16)
    lora = LoraConfig(
        task_type=TaskType.CAUSAL_LM if causal else TaskType.SEQ_CLS,
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.lora_dropout,
        target_modules=["c_attn"] if causal else ["query", "value"],
        fan_in_fan_out=causal,
    )
    model = get_peft_model(base, lora)
    if options.precision == "bfloat16":
        for parameter in trainable(model).values():
            parameter.data = parameter.data.float()
    return model


def make_batch(options: argparse.Namespace, model: PeftModel) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(options.seed)
    shape = (options.batch, options.length)
    # From 3 up: no padding, start or end tokens among the random ones.
    ids = torch.randint(3, model.config.vocab_size, shape, generator=generator)
    batch = {"input_ids": ids}
    if options.mask:
        lengths = torch.randint(options.length // 2, options.length + 1, (options.batch, 1), generator=generator)
        batch["attention_mask"] = (torch.arange(options.length) < lengths).long()
    return batch


def precision(options: argparse.Namespace) -> AbstractContextManager[None]:
    return nullcontext() if options.precision == "float32" else torch.autocast("cpu", dtype=torch.bfloat16)


def train_round(options: argparse.Namespace, model: PeftModel, gate: Tensor) -> Callable[[], float]:
    """A training step that returns its loss."""
    batch = make_batch(options, model)
    if options.model.startswith("gpt2"):
        ids = batch["input_ids"]
        labels = torch.where(batch["attention_mask"] == 1, ids, -100) if options.mask else ids
    else:
        labels = torch.randint(0, 2, (options.batch,), generator=torch.Generator().manual_seed(options.seed))
    optimizer = torch.optim.AdamW(trainable(model).values(), lr=1e-4, weight_decay=0.01, fused=True)
    forward = torch.compile(model) if options.mode == "compile" else model
    ranks = random.Random(options.seed)
    model.train()

    def step() -> float:
        if options.dylora:
            gate.copy_(prefix_gate(ranks.randint(1, options.rank), options.rank, options.alpha))
        optimizer.zero_grad(set_to_none=True)
        with precision(options):
            loss = forward(**batch, labels=labels).loss
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def forward_round(options: argparse.Namespace, model: PeftModel) -> Callable[[], float]:
    """An evaluation forward; returns one logit, so that nothing is left out."""
    batch = make_batch(options, model)
    forward = torch.compile(model) if options.mode == "compile" else model
    model.eval()

    @torch.inference_mode()
    def step() -> float:
        with precision(options):
            return forward(**batch).logits.flatten()[0].item()

    return step


def generate_round(options: argparse.Namespace, model: PeftModel) -> Callable[[], float]:
    """Greedy generation with the key-value cache; returns the last token."""
    batch = make_batch(options, model)
    batch.setdefault("attention_mask", torch.ones_like(batch["input_ids"]))
    model.eval()
    new = options.new_tokens

    @torch.inference_mode()
    def step() -> float:
        with precision(options):
            out = model.generate(**batch, do_sample=False, max_new_tokens=new, min_new_tokens=new, pad_token_id=0)
        if out.shape[1] != options.length + new:
            raise SystemExit(f"generated {out.shape[1] - options.length} tokens instead of {new}")
        return float(out[0, -1])

    return step


def resident_peak() -> int:
    """Peak resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(options: argparse.Namespace) -> dict[str, Any]:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    model = build(options)
    counts = {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "trainable_parameters": sum(parameter.numel() for parameter in trainable(model).values()),
    }
    if options.merged:
        model = model.merge_and_unload()
    built = resident_peak()
    gate = prefix_gate(options.rank, options.rank, options.alpha)
    with gated(model, gate) if options.dylora else nullcontext():
        if options.what == "train":
            step = train_round(options, model, gate)
        else:
            step = (forward_round if options.what == "forward" else generate_round)(options, model)
        start = time.perf_counter()
        values = [step() for _ in range(options.warmup)]
        warm = time.perf_counter() - start
        seconds = []
        for _ in range(options.steps):
            start = time.perf_counter()
            values.append(step())
            seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    tokens = options.batch * (options.new_tokens if options.what == "generate" else options.length)
    return {
        "peer": "pytorch",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
        **vars(options),
        "threads": torch.get_num_threads(),
        **counts,
        "warmup_seconds": round(warm, 4),
        "seconds": [round(value, 4) for value in seconds],
        "median_seconds": round(median, 4),
        "tokens_per_second": round(tokens / median, 1),
        "built_peak_rss_bytes": built,
        "peak_rss_bytes": resident_peak(),
        "values": [round(value, 6) for value in values],
    }


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    print(json.dumps(measure(parse())))
