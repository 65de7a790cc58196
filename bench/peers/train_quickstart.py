"""LoRA, or DyLoRA, trained with torch + PEFT on the quickstart task or a GLUE folder: a peer for `dylora train`.

    python bench/peers/train_quickstart.py --rank 8
    python bench/peers/train_quickstart.py --rank 8 --dylora --update frozen --json
    python bench/peers/train_quickstart.py --task mrpc --data GLUE/MRPC --base DIR --rank 8 --dylora

With --dylora the rank is drawn uniformly from 1..rank for every step, at scale alpha / b, and the adapter is evaluated
at every rank. A plain LoRA is evaluated at its own rank, with --cut also cut to every lower one. The update mode
`frozen` masks gradients before AdamW, as the released code of the paper does.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from classification_data import (
    METRICS,
    TASKS,
    Split,
    Task,
    batches_by_length,
    collate,
    described_task,
    read_split,
    shuffled_batches,
)
from hf_folder import load_base, load_tokenizer
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import get_constant_schedule_with_warmup, get_linear_schedule_with_warmup, set_seed

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "golden"))
from rank_view import gated, keep_only_rank, prefix_gate, trainable  # noqa: E402


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=TASKS, help="default: what task.json in the data folder says")
    parser.add_argument("--data", type=Path, default=ROOT / "examples" / "quickstart" / "data")
    parser.add_argument("--base", type=Path, default=ROOT / "examples" / "quickstart" / "model")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=16)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--schedule", choices=["constant", "linear"], default="constant")
    parser.add_argument("--warmup", type=int, default=0, help="steps")
    parser.add_argument("--max-grad-norm", type=float)
    parser.add_argument("--max-length", type=int, help="default: as long as the model's positions allow")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dylora", action="store_true")
    parser.add_argument("--update", choices=["full", "frozen"], default="full")
    parser.add_argument("--cut", action="store_true", help="evaluate a plain LoRA cut to every rank too")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--save", type=Path, help="write the adapter as a PEFT folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def build(options: argparse.Namespace, labels: int) -> PeftModel:
    set_seed(options.seed)
    base = load_base(options.base, "classification", labels)
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=options.rank, lora_alpha=options.alpha, target_modules=["query", "value"]
    )
    return get_peft_model(base, config)


def train(model: PeftModel, split: Split, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yields step, rank and loss of every step."""
    parameters = list(trainable(model).values())
    optimizer = torch.optim.AdamW(parameters, lr=options.lr, weight_decay=options.weight_decay)
    if options.schedule == "linear":
        scheduler = get_linear_schedule_with_warmup(optimizer, options.warmup, options.steps)
    else:
        scheduler = get_constant_schedule_with_warmup(optimizer, options.warmup)
    generator = torch.Generator().manual_seed(options.seed)
    ranks = torch.randint(1, options.rank + 1, (options.steps,), generator=generator).tolist()
    batches = shuffled_batches(len(split.labels), options.batch, generator)
    model.train()
    for step in range(options.steps):
        batch, labels = collate(split, next(batches), model.config.pad_token_id)
        rank = ranks[step] if options.dylora else options.rank
        optimizer.zero_grad(set_to_none=True)
        with gated(model, prefix_gate(rank, options.rank, options.alpha)):
            loss = cross_entropy(model(**batch).logits, labels)
            loss.backward()
        if options.dylora and options.update == "frozen":
            keep_only_rank(model, rank)
        if options.max_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, options.max_grad_norm)
        optimizer.step()
        scheduler.step()
        yield {"step": step + 1, "rank": rank, "loss": loss.item()}


@torch.inference_mode()
def evaluate(model: PeftModel, split: Split, task: Task, batches: list[torch.Tensor]) -> dict[str, float]:
    model.eval()
    predictions, loss = torch.empty_like(split.labels), 0.0
    for indices in batches:
        batch, labels = collate(split, indices, model.config.pad_token_id)
        logits = model(**batch).logits
        predictions[indices] = logits.argmax(-1)
        loss += cross_entropy(logits, labels, reduction="sum").item()
    scores = {name: float(METRICS[name](split.labels.numpy(), predictions.numpy())) for name in task.metrics}
    return {**scores, "loss": loss / len(split.labels)}


def run(options: argparse.Namespace) -> dict[str, Any]:
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    task = TASKS[options.task] if options.task else described_task(options.data)
    tokenizer = load_tokenizer(options.base)
    config = json.loads((options.base / "config.json").read_text(encoding="utf-8"))
    # RoBERTa's positions start after the padding index.
    longest = config["max_position_embeddings"] - config["pad_token_id"] - 1
    tokenizer.enable_truncation(min(options.max_length or longest, longest))
    splits = {
        "train": read_split(options.data / task.train, task, tokenizer),
        "dev": read_split(options.data / task.dev, task, tokenizer),
    }
    model = build(options, len(task.labels))

    start, losses = time.perf_counter(), []
    for event in train(model, splits["train"], options):
        losses.append(event["loss"])
        if not options.json and event["step"] % 50 == 0:
            print(f"step {event['step']}/{options.steps} loss {sum(losses[-50:]) / len(losses[-50:]):.4f}", flush=True)
    trained = time.perf_counter()
    ranks = range(1, options.rank + 1) if options.dylora or options.cut else [options.rank]
    batches, results = batches_by_length(splits["dev"], 64), {}
    for rank in ranks:
        with gated(model, prefix_gate(rank, options.rank, options.alpha)):
            results[rank] = evaluate(model, splits["dev"], task, batches)
    if options.save is not None:
        model.save_pretrained(options.save)
    return {
        "task": task.name,
        "method": f"dylora-{options.update}" if options.dylora else "lora",
        "settings": {
            name: getattr(options, name)
            for name in ("rank", "alpha", "steps", "batch", "lr", "weight_decay", "schedule", "warmup", "seed")
        },
        "rows": {name: len(split.labels) for name, split in splits.items()},
        "train_seconds": round(trained - start, 2),
        "eval_seconds": round(time.perf_counter() - trained, 2),
        "last_losses": sum(losses[-50:]) / len(losses[-50:]),
        "ranks": results,
    }


def main() -> None:
    options = parse()
    result = run(options)
    if options.json:
        print(json.dumps(result))
        return
    for rank, scores in result["ranks"].items():
        print(f"rank {rank}: " + ", ".join(f"{name} {value:.4f}" for name, value in scores.items()))
    print(f"{result['method']}: trained in {result['train_seconds']} s, evaluated in {result['eval_seconds']} s")


if __name__ == "__main__":
    main()
