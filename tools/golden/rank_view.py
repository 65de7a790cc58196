"""DyLoRA on top of an unmodified PEFT model.

A rank view is a gate g on the r-dimensional bottleneck of every LoRA layer,

    y = W x + B ((A x) * g),

where g already holds the scale: rank b is g_i = alpha / b for i <= b and 0 above. PEFT's own scale is set to one
while a gate is on, so one forward hook on each lora_A is all that is needed, and autograd gives gradients that are
dense, with zeros in the rows of A and the columns of B that the gate switches off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

ADAPTER = "default"


def lora_layers(model: PeftModel) -> list[LoraLayer]:
    """The LoRA layers of the default adapter, in module order."""
    return [layer for layer in model.modules() if isinstance(layer, LoraLayer) and ADAPTER in layer.lora_A]


def prefix_gate(rank: int, max_rank: int, alpha: float) -> Tensor:
    """Gate [max_rank] of the adapter cut to `rank`, scale alpha / rank."""
    gate = torch.zeros(max_rank)
    gate[:rank] = alpha / rank
    return gate


def matryoshka_gate(ranks: Sequence[int], max_rank: int, alpha: float) -> Tensor:
    """Gate [max_rank] of MatryoshkaLoRA: g_i is the sum of alpha / R over the trained ranks R >= i (i from 1)."""
    return torch.stack([prefix_gate(rank, max_rank, alpha) for rank in ranks]).sum(0)


@contextmanager
def gated(model: PeftModel, gate: Tensor) -> Iterator[None]:
    """Run with `gate`: [r] for the whole batch, or [batch, r] with a row for every example."""

    def apply_gate(_module: nn.Module, _inputs: tuple[Tensor, ...], bottleneck: Tensor) -> Tensor:
        return bottleneck * (gate if gate.dim() == 1 else gate.unsqueeze(1))

    layers = lora_layers(model)
    scales = [layer.scaling[ADAPTER] for layer in layers]
    hooks = [layer.lora_A[ADAPTER].register_forward_hook(apply_gate) for layer in layers]
    for layer in layers:
        layer.scaling[ADAPTER] = 1.0
    try:
        yield
    finally:
        for layer, scale, hook in zip(layers, scales, hooks, strict=True):
            layer.scaling[ADAPTER] = scale
            hook.remove()


def keep_only_rank(model: PeftModel, rank: int) -> None:
    """Zero the adapter's gradients outside the `rank`-th (1-based) row of A and column of B: the frozen update.

    The gradients stay dense, as in the released DyLoRA code: an optimiser with momentum or decay still moves the rest.
    """
    for layer in lora_layers(model):
        grad_a, grad_b = layer.lora_A[ADAPTER].weight.grad, layer.lora_B[ADAPTER].weight.grad
        row = torch.zeros(grad_a.shape[0])
        row[rank - 1] = 1.0
        grad_a.mul_(row[:, None])
        grad_b.mul_(row)


def trainable(model: PeftModel) -> dict[str, nn.Parameter]:
    """Every parameter that takes a gradient, by its PEFT name without the adapter's name."""
    return {
        name.replace(f".{ADAPTER}", ""): parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def gradients(model: PeftModel, loss: Tensor) -> dict[str, Tensor]:
    """Gradients of `loss` by parameter name; the model's own gradients are left in place until the next call."""
    model.zero_grad(set_to_none=True)
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in trainable(model).items()}


def train_ranks(
    model: PeftModel,
    loss_of: Callable[[PeftModel], Tensor],
    ranks: Sequence[int],
    alpha: float,
    max_rank: int,
    frozen: bool,
    optimizer: torch.optim.Optimizer,
) -> Tensor:
    """One optimiser step for each of `ranks`, each at that rank; returns the loss before every step."""
    losses = []
    for rank in ranks:
        optimizer.zero_grad(set_to_none=True)
        with gated(model, prefix_gate(rank, max_rank, alpha)):
            loss = loss_of(model)
            loss.backward()
        if frozen:
            keep_only_rank(model, rank)
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def train_ranks_strict(
    model: PeftModel,
    loss_of: Callable[[PeftModel], Tensor],
    ranks: Sequence[int],
    alpha: float,
    max_rank: int,
    optimizer_of: Callable[[list[nn.Parameter]], torch.optim.Optimizer],
) -> Tensor:
    """As `train_ranks`, but rows of A and columns of B outside the step's rank are not touched at all.

    Each row of A and column of B is a parameter of its own for the optimiser, without a gradient in the steps that
    train another rank: torch skips such parameters, so they keep their value, their moments and their step count.
    """
    layers = lora_layers(model)
    matrices = [(layer.lora_A[ADAPTER].weight, 0) for layer in layers]
    matrices += [(layer.lora_B[ADAPTER].weight, 1) for layer in layers]
    slices = [[nn.Parameter(part.detach().clone()) for part in weight.unbind(axis)] for weight, axis in matrices]
    others = [parameter for name, parameter in trainable(model).items() if ".lora_" not in name]
    optimizer = optimizer_of([part for parts in slices for part in parts] + others)
    losses = []
    for rank in ranks:
        model.zero_grad(set_to_none=True)
        optimizer.zero_grad(set_to_none=True)
        with gated(model, prefix_gate(rank, max_rank, alpha)):
            loss = loss_of(model)
            loss.backward()
        for (weight, axis), parts in zip(matrices, slices, strict=True):
            parts[rank - 1].grad = weight.grad.select(axis, rank - 1).clone()
        optimizer.step()
        with torch.no_grad():
            for (weight, axis), parts in zip(matrices, slices, strict=True):
                weight.copy_(torch.stack(list(parts), dim=axis))
        losses.append(loss.detach())
    return torch.stack(losses)
