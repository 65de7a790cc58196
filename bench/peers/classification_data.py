"""Reading of the quickstart sample and of GLUE's TSV files for the peers, and batching as `dylora` batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from tokenizers import Encoding, Tokenizer
from torch import Tensor

Metric = Callable[[np.ndarray, np.ndarray], float]
METRICS: dict[str, Metric] = {
    "accuracy": accuracy_score,
    "f1": f1_score,
    "matthews": matthews_corrcoef,
}


@dataclass(frozen=True)
class Task:
    """Where a split's texts and labels lie, and what is measured; columns by name, or by index without a header."""

    name: str
    text: tuple[str | int, ...]
    label: str | int
    metrics: tuple[str, ...] = ("accuracy",)
    labels: tuple[str, ...] = ("0", "1")
    train: str = "train.tsv"
    dev: str = "dev.tsv"


TASKS = {
    "sst2": Task("sst2", ("sentence",), "label"),
    "cola": Task("cola", (3,), 1, ("matthews", "accuracy")),
    "mrpc": Task("mrpc", ("#1 String", "#2 String"), "Quality", ("accuracy", "f1")),
}


def described_task(data: Path) -> Task:
    """The task that task.json in the data folder describes."""
    described = json.loads((data / "task.json").read_text(encoding="utf-8"))
    return Task(
        name=described["name"],
        text=tuple(described["textColumns"]),
        label=described["labelColumn"],
        metrics=tuple(described["metrics"]),
        labels=tuple(described["labels"]),
        train=described["splits"]["train"],
        dev=described["splits"]["validation"],
    )


@dataclass(frozen=True)
class Split:
    encodings: list[Encoding]
    labels: Tensor


def read_table(path: Path, header: bool) -> Iterator[dict[str | int, str]]:
    """Rows of a GLUE TSV: tabs separate, quotes mean nothing, a byte-order mark may stand first."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    cells = [line.rstrip("\r").split("\t") for line in lines if line]
    names: list[str | int] = list(cells.pop(0)) if header else list(range(len(cells[0])))
    for number, row in enumerate(cells, start=2 if header else 1):
        if len(row) < len(names):
            raise SystemExit(f"{path}:{number}: {len(row)} cells instead of {len(names)}")
        yield dict(zip(names, row, strict=False))


def read_split(path: Path, task: Task, tokenizer: Tokenizer) -> Split:
    rows = list(read_table(path, header=isinstance(task.label, str)))
    texts = [tuple(row[column] for column in task.text) for row in rows]
    labels = torch.tensor([task.labels.index(row[task.label]) for row in rows])
    return Split(tokenizer.encode_batch([text if len(text) > 1 else text[0] for text in texts]), labels)


def collate(split: Split, indices: Tensor, pad: int) -> tuple[dict[str, Tensor], Tensor]:
    """The rows as one batch, padded to its longest."""
    ids = [torch.tensor(split.encodings[index].ids) for index in indices.tolist()]
    padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=pad)
    lengths = torch.tensor([len(row) for row in ids])
    mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long()
    return {"input_ids": padded, "attention_mask": mask}, split.labels[indices]


def shuffled_batches(size: int, batch: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Indices of full batches, epoch after epoch without end, each epoch in a new order."""
    while True:
        order = torch.randperm(size, generator=generator)
        yield from (part for part in order.split(batch) if len(part) == min(batch, size))


def batches_by_length(split: Split, batch: int) -> list[Tensor]:
    lengths = torch.tensor([len(encoding.ids) for encoding in split.encodings])
    return list(lengths.argsort(stable=True).split(batch))
