"""Golden file of torch's AdamW, gradient clipping and transformers' schedules: python tools/golden/adamw.py [FILE]

Every case lists its gradients, so that a test can replay it with no randomness of its own. Numbers are float32, written
with as few digits as give the same float32 back; learning rates are float64, as torch keeps them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fixture_files import FIXTURES, versions
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import (
    get_constant_schedule,
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

STEPS = 12
SHAPES = {"weight": (3, 2), "bias": (5,)}
SCHEDULES: dict[str, Callable[..., LambdaLR]] = {
    "constant": get_constant_schedule,
    "constant_with_warmup": get_constant_schedule_with_warmup,
    "linear": get_linear_schedule_with_warmup,
    "cosine": get_cosine_schedule_with_warmup,
}
LINEAR = {"name": "linear", "num_warmup_steps": 3, "num_training_steps": STEPS}
COSINE = {"name": "cosine", "num_warmup_steps": 2, "num_training_steps": STEPS}

CASES: list[dict[str, Any]] = [
    {"name": "torch defaults", "lr": 1e-3, "weight_decay": 0.01},
    {"name": "DyLoRA on GLUE", "lr": 4e-4, "weight_decay": 0.1, "schedule": LINEAR},
    {"name": "LoRA on E2E", "lr": 2e-4, "weight_decay": 0.01, "eps": 1e-6, "schedule": LINEAR},
    {"name": "no decay", "lr": 1e-2, "weight_decay": 0.0, "schedule": COSINE},
    {"name": "decay on the weight alone", "lr": 1e-2, "weight_decay": {"weight": 0.2, "bias": 0.0}},
    {"name": "short memory", "lr": 0.1, "weight_decay": 0.3, "betas": [0.5, 0.9], "eps": 1e-3},
    {"name": "clipped", "lr": 1e-2, "weight_decay": 0.1, "max_grad_norm": 1.0, "schedule": COSINE},
    {"name": "clipped hard", "lr": 3e-3, "weight_decay": 0.01, "max_grad_norm": 0.05, "schedule": LINEAR},
    {"name": "tiny gradients", "lr": 1e-2, "weight_decay": 0.1, "gradient_scale": 1e-9},
    {"name": "huge gradients", "lr": 1e-2, "weight_decay": 0.1, "gradient_scale": 1e9},
    {"name": "steps without a gradient", "lr": 1e-2, "weight_decay": 0.1, "missing": {"bias": [0, 3, 4, 9]}},
    {"name": "zero gradients", "lr": 1e-2, "weight_decay": 0.1, "zero": {"weight": [2, 3, 7], "bias": [0, 1]}},
    {"name": "row masks", "lr": 1e-2, "weight_decay": 0.1, "rows": {"weight": [2, 0, 0, 1, 2, 1, 1, 0, 2, 2, 0, 1]}},
]

FACTORS: list[dict[str, Any]] = [
    {"name": "constant"},
    {"name": "constant_with_warmup", "num_warmup_steps": 4},
    {"name": "linear", "num_warmup_steps": 0, "num_training_steps": 10},
    {"name": "linear", "num_warmup_steps": 3, "num_training_steps": 10},
    {"name": "linear", "num_warmup_steps": 10, "num_training_steps": 10},
    {"name": "cosine", "num_warmup_steps": 0, "num_training_steps": 10},
    {"name": "cosine", "num_warmup_steps": 3, "num_training_steps": 10},
    {"name": "cosine", "num_warmup_steps": 1, "num_training_steps": 12, "num_cycles": 1.5},
]


def make_schedule(optimizer: AdamW, schedule: dict[str, Any]) -> LambdaLR:
    return SCHEDULES[schedule["name"]](optimizer, **{key: schedule[key] for key in schedule if key != "name"})


def numbers(value: Tensor | None) -> list[float] | None:
    """The entries in row-major order, each as the shortest decimal that is the same float32."""
    return None if value is None else [float(str(np.float32(entry))) for entry in value.detach().flatten().tolist()]


def factors(schedule: dict[str, Any]) -> dict[str, Any]:
    """The factor on the learning rate at steps 0, 1, ... 13, past the end of training too."""
    optimizer = AdamW([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make_schedule(optimizer, schedule)
    values = []
    for _ in range(14):
        values.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return {"schedule": schedule, "factors": values}


def gradient(case: dict[str, Any], name: str, step: int, generator: torch.Generator) -> Tensor | None:
    value = torch.randn(SHAPES[name], generator=generator) * case.get("gradient_scale", 1.0) * 0.9**step
    if step in case.get("missing", {}).get(name, []):
        return None
    return torch.zeros_like(value) if step in case.get("zero", {}).get(name, []) else value


def run(case: dict[str, Any], seed: int) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(seed)
    initial = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    # A masked tensor is a list of row parameters: torch leaves a parameter without a gradient alone, moments and all.
    rows = case.get("rows", {})
    parts = {
        name: [nn.Parameter(part.clone()) for part in (value if name in rows else value[None])]
        for name, value in initial.items()
    }
    decay = case["weight_decay"]
    groups = [
        {"params": parts[name], "weight_decay": decay[name] if isinstance(decay, dict) else decay} for name in SHAPES
    ]
    betas, eps = case.get("betas", [0.9, 0.999]), case.get("eps", 1e-8)
    optimizer = AdamW(groups, lr=case["lr"], betas=tuple(betas), eps=eps)
    schedule = case.get("schedule", {"name": "constant"})
    scheduler = make_schedule(optimizer, schedule)
    steps = []
    for step in range(STEPS):
        gradients = {name: gradient(case, name, step, generator) for name in SHAPES}
        for name, value in gradients.items():
            for index, part in enumerate(parts[name]):
                active = name not in rows or index == rows[name][step]
                part.grad = None if value is None or not active else (value[index] if name in rows else value).clone()
        record: dict[str, Any] = {"lr": scheduler.get_last_lr()[0]}
        record["gradients"] = {name: numbers(value) for name, value in gradients.items()}
        if "max_grad_norm" in case:
            norm = nn.utils.clip_grad_norm_([p for part in parts.values() for p in part], case["max_grad_norm"])
            record["grad_norm"] = numbers(norm)[0]
        if rows:
            record["active_rows"] = {name: [active[step]] for name, active in rows.items()}
        optimizer.step()
        scheduler.step()
        record["values"] = {name: numbers(torch.stack(list(parts[name]))) for name in SHAPES}
        steps.append(record)
    return {
        "name": case["name"],
        "lr": case["lr"],
        "betas": betas,
        "eps": eps,
        "weight_decay": decay,
        "max_grad_norm": case.get("max_grad_norm"),
        "schedule": schedule,
        "initial": {name: numbers(value) for name, value in initial.items()},
        "steps": steps,
    }


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURES / "adamw.json"
    golden = {
        "versions": {name: value for name, value in versions().items() if name != "peft"},
        "shapes": SHAPES,
        "schedules": [factors(schedule) for schedule in FACTORS],
        "cases": [run(case, seed) for seed, case in enumerate(CASES)],
    }
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
