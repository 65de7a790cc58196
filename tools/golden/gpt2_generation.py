"""Generation cases for the GPT-2 fixtures, made by transformers' `generate`.

Prompts are random, and drawn again until the choice is robust: the same tokens must come out in float64, under small
noise on every score, and for each prompt alone as in its padded batch. Cases that are about ending must end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from fixture_files import load_adapter
from rank_view import gated, prefix_gate
from safetensors.torch import load_file
from torch import Tensor
from transformers import (
    GPT2LMHeadModel,
    LogitsProcessor,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

PAD = 0
VOCABULARY = 99
NOISE, NOISE_SEEDS = 1e-3, 6
# Frequent tokens of this model, so that sentences end.
ENDS = [2, 39, 55, 18]


@dataclass(frozen=True)
class Case:
    """`lengths`: of the prompts; `adapter`: its folder, or None; `rank`: the prefix of `adapter` that runs."""

    name: str
    args: dict[str, Any]
    lengths: tuple[int, ...] = (6,)
    adapter: str | None = None
    rank: int | None = None
    ends: bool = field(default=False, kw_only=True)


def beams(count: int, **args: Any) -> dict[str, Any]:
    return {"num_beams": count, "max_new_tokens": 20, **args}


NEW20 = {"max_new_tokens": 20}
CASES = [
    Case("greedy, base", NEW20),
    Case("greedy, adapter", NEW20, adapter="adapter"),
    Case("greedy, adapter at rank 1", NEW20, adapter="adapter", rank=1),
    Case("greedy, adapter at rank 3", NEW20, adapter="adapter", rank=3),
    Case("greedy, adapter on all sites", NEW20, adapter="adapter-all-sites"),
    Case("greedy, prompt of one token", NEW20, (1,)),
    Case("greedy to the last position", {"max_new_tokens": 8}, (40,)),
    Case("greedy, prompt fills the context", {"max_new_tokens": 1}, (48,)),
    Case("greedy, max_length", {"max_length": 14}, adapter="adapter"),
    Case("greedy, batch", NEW20, (5, 9, 3)),
    Case("greedy, batch, adapter", NEW20, (2, 7, 7, 4), "adapter"),
    Case("greedy, batch, rows end in turn", {**NEW20, "eos_token_id": ENDS}, (2, 7, 5, 4), "adapter", ends=True),
    Case("greedy, one end token", {**NEW20, "eos_token_id": 39}, ends=True),
    Case("greedy, end tokens", {**NEW20, "eos_token_id": ENDS}, ends=True),
    Case("greedy, min_new_tokens", {**NEW20, "eos_token_id": ENDS, "min_new_tokens": 12}, ends=True),
    Case("repetition penalty", {**NEW20, "repetition_penalty": 1.3}, adapter="adapter"),
    Case("repetition penalty, strong, batch", {**NEW20, "repetition_penalty": 2.0}, (8, 3), "adapter"),
    Case("repetition penalty below 1", {**NEW20, "repetition_penalty": 0.8}),
    Case("no repeated token", {**NEW20, "no_repeat_ngram_size": 1}),
    Case("no repeated bigram", {**NEW20, "no_repeat_ngram_size": 2}, adapter="adapter"),
    Case("no repeated trigram, repetition penalty", {**NEW20, "no_repeat_ngram_size": 3, "repetition_penalty": 1.1}),
    Case("2 beams", beams(2)),
    Case("2 beams, both returned", beams(2, num_return_sequences=2), adapter="adapter"),
    Case("3 beams, prompt of one token", beams(3), (1,)),
    Case("4 beams, one new token", beams(4, max_new_tokens=1)),
    Case("4 beams, length penalty 0.6", beams(4, length_penalty=0.6, eos_token_id=ENDS), ends=True),
    Case("4 beams, length penalty 0", beams(4, length_penalty=0.0, eos_token_id=ENDS), ends=True),
    Case("4 beams, length penalty -1", beams(4, length_penalty=-1.0, eos_token_id=39), ends=True),
    Case("4 beams, early stopping", beams(4, early_stopping=True, eos_token_id=ENDS), ends=True),
    Case("4 beams, never stopping early", beams(4, early_stopping="never", eos_token_id=ENDS), ends=True),
    Case("4 beams, length penalty 2, never", beams(4, length_penalty=2.0, early_stopping="never", eos_token_id=39)),
    Case("4 beams, length penalty 2", beams(4, length_penalty=2.0, eos_token_id=39), adapter="adapter"),
    Case("4 beams, all returned", beams(4, num_return_sequences=4, eos_token_id=ENDS), ends=True),
    Case("4 beams, batch", beams(4, eos_token_id=ENDS), (5, 9, 3), ends=True),
    Case("4 beams, batch, early", beams(4, early_stopping=True, eos_token_id=39), (5, 9, 3), "adapter", ends=True),
    Case("4 beams, repetition penalty", beams(4, repetition_penalty=1.5)),
    Case(
        "4 beams, bigrams, min_new_tokens",
        beams(4, no_repeat_ngram_size=2, min_new_tokens=6, eos_token_id=ENDS),
        adapter="adapter",
        ends=True,
    ),
    Case(
        "3 beams, batch, 2 returned, never",
        beams(3, num_return_sequences=2, early_stopping="never", length_penalty=1.5, eos_token_id=ENDS),
        (4, 6),
        ends=True,
    ),
    Case("5 beams to the last position", beams(5, max_new_tokens=6), (42,)),
    Case("10 beams, as the LoRA paper", beams(10, length_penalty=0.8, no_repeat_ngram_size=4), adapter="adapter"),
    Case(
        "10 beams, as the LoRA paper, ends",
        beams(10, length_penalty=0.9, no_repeat_ngram_size=4, eos_token_id=[39, 0]),
        (6, 3),
        "adapter",
        ends=True,
    ),
    Case("10 beams, rank 2", beams(10, length_penalty=1.2, eos_token_id=ENDS), adapter="adapter", rank=2),
    Case("10 beams, length penalty 2, early", beams(10, length_penalty=2.0, early_stopping=True, eos_token_id=ENDS)),
]
REFUSED = [
    Case("max_length is the prompt's", {"max_length": 6}),
    Case("two tokens past a full context", {"max_new_tokens": 2}, (48,)),
    Case("prompt longer than the context", {"max_new_tokens": 1}, (49,)),
    Case("no beams", {"num_beams": 0, "max_new_tokens": 4}),
    Case("no new tokens", {"max_new_tokens": 0}),
    Case("repetition penalty of zero", {"repetition_penalty": 0.0, "max_new_tokens": 4}),
    Case("more returned than beams", {"num_beams": 2, "num_return_sequences": 3, "max_new_tokens": 4}),
]
WARPS = [
    {"temperature": 0.7},
    {"temperature": 1.5, "top_k": 5},
    {"top_k": 1},
    {"top_p": 0.9},
    {"top_p": 0.3},
    {"temperature": 0.8, "top_k": 20, "top_p": 0.95},
]


class Noise(LogitsProcessor):
    """Uniform noise on every score that was not ruled out."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        noise = torch.rand(scores.shape, generator=self.generator, dtype=scores.dtype)
        return scores + (2 * noise - 1) * NOISE


class Generator:
    """The models of a fixture folder in one precision."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        base = folder / "base"
        self.models: dict[str | None, Any] = {None: GPT2LMHeadModel.from_pretrained(base, dtype=dtype).eval()}
        for path in folder.glob("adapter*"):
            self.models[path.name] = load_adapter(GPT2LMHeadModel, base, path, dtype)

    @torch.no_grad()
    def __call__(self, case: Case, prompts: list[list[int]], noise_seed: int | None = None) -> dict[str, Any]:
        """New tokens of every returned sequence (the end token included), their scores, the greedy margin."""
        width = max(map(len, prompts))
        ids = torch.tensor([[PAD] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        model, view = self.models[case.adapter], nullcontext()
        if case.rank is not None:
            view = self.view(model, case.rank)
        processors = LogitsProcessorList([] if noise_seed is None else [Noise(noise_seed)])
        with view:
            out = model.generate(
                input_ids=ids,
                attention_mask=mask,
                pad_token_id=PAD,
                do_sample=False,
                logits_processor=processors,
                return_dict_in_generate=True,
                output_scores=True,
                **case.args,
            )
        ends = case.args.get("eos_token_id", 0)
        tokens = [cut(row[width:].tolist(), [ends] if isinstance(ends, int) else ends) for row in out.sequences]
        result: dict[str, Any] = {"tokens": tokens}
        if "num_beams" in case.args:
            result["scores"] = [round(score, 6) for score in out.sequences_scores.tolist()]
        else:
            result["margin"] = round(min(margins(out.scores, tokens)), 6)
        return result

    @staticmethod
    def view(model: Any, rank: int) -> AbstractContextManager[None]:
        config = model.peft_config["default"]
        return gated(model, prefix_gate(rank, config.r, config.lora_alpha).to(model.dtype))


def cut(tokens: list[int], ends: list[int]) -> list[int]:
    """`tokens` up to and with the first end token."""
    first = next((index for index, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[: first + 1]


def margins(scores: tuple[Tensor, ...], tokens: list[list[int]]) -> Iterator[float]:
    """Distance from the best to the second score of every greedy choice."""
    for step, row_scores in enumerate(scores):
        best = row_scores.topk(2, dim=-1).values
        yield from (float(best[row, 0] - best[row, 1]) for row, new in enumerate(tokens) if step < len(new))


def random_prompts(case: Case, seed: int) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(1, VOCABULARY, (length,), generator=generator).tolist() for length in case.lengths]


def robust(case: Case, prompts: list[list[int]], single: Generator, double: Generator) -> dict[str, Any] | None:
    """The case's result, or None where another rounding could change it or the case shows nothing."""
    result = single(case, prompts)
    tokens = result["tokens"]
    limit = case.args.get("max_new_tokens", 99)
    if case.ends and not any(len(row) < limit for row in tokens):
        return None
    if result.get("margin", 1.0) < 2 * NOISE:
        return None
    apart = [row for prompt in prompts for row in single(case, [prompt])["tokens"]]
    if apart != tokens or double(case, prompts)["tokens"] != tokens:
        return None
    if any(single(case, prompts, seed)["tokens"] != tokens for seed in range(NOISE_SEEDS)):
        return None
    return result


def describe(case: Case, prompts: list[list[int]]) -> dict[str, Any]:
    return {
        "name": case.name,
        "adapter": case.adapter,
        "rank": case.rank,
        "args": case.args,
        "prompts": prompts,
    }


def solve(case: Case, index: int, single: Generator, double: Generator) -> dict[str, Any]:
    for attempt in range(200):
        prompts = random_prompts(case, 1000 * index + attempt)
        result = robust(case, prompts, single, double)
        if result is not None:
            return {**describe(case, prompts), **result}
    raise SystemExit(f"generation case {case.name!r}: no robust prompt found")


def refused(case: Case, single: Generator) -> dict[str, Any]:
    """What transformers says to a call that cannot work."""
    prompts = random_prompts(case, 0)
    try:
        single(case, prompts)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        return {**describe(case, prompts), "error": type(error).__name__}
    raise SystemExit(f"generation case {case.name!r} was not refused")


def warped(logits: Tensor, args: dict[str, Any]) -> dict[str, Any]:
    """The distribution that sampling draws from: temperature, then top_k, then top_p, as `generate` orders them."""
    warpers = {"temperature": TemperatureLogitsWarper, "top_k": TopKLogitsWarper, "top_p": TopPLogitsWarper}
    scores = logits.double()[None]
    for name, warper in warpers.items():
        if name in args:
            scores = warper(args[name])(None, scores)
    probabilities = scores[0].softmax(-1)
    kept = probabilities.nonzero().flatten()
    return {"args": args, "tokens": kept.tolist(), "probabilities": [round(p, 9) for p in probabilities[kept].tolist()]}


def generation_cases(folder: Path) -> dict[str, Any]:
    """The part of meta.json that is about generation."""
    single, double = Generator(folder, torch.float32), Generator(folder, torch.float64)
    logits = load_file(folder / "expected.safetensors")["base.logits"][0, -1]
    return {
        "pad_token_id": PAD,
        "generation": [solve(case, index, single, double) for index, case in enumerate(CASES)],
        "generation_refused": [refused(case, single) for case in REFUSED],
        "sampling": {
            "logits": "base.logits[0, -1]",
            "cases": [warped(logits, args) for args in WARPS],
        },
    }
