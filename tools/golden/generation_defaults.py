"""Writes packages/generation/src/fixtures/generation-defaults.json: what `generate` of transformers makes of a folder's
generation_config.json, and the probabilities that its samplers leave.

Usage: python tools/golden/generation_defaults.py
The model is packages/golden-suite/fixtures/gpt2-tiny/base. A case is kept only if the same tokens come out in float64.
Written with transformers 5.18.0.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    EpsilonLogitsWarper,
    EtaLogitsWarper,
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "packages/golden-suite/fixtures/gpt2-tiny/base"
OUT = ROOT / "packages/generation/src/fixtures/generation-defaults.json"

PROMPTS = [[5, 6, 7], [40, 41, 42, 43, 44, 45], [12]]

# generation_config.json (None: there is none), changes of config.json, arguments of the call
CASES = [
    ("end tokens, a list", {"eos_token_id": [2, 39, 55, 18]}, {}, {"max_new_tokens": 16}),
    ("an end token, one", {"eos_token_id": 39}, {}, {"max_new_tokens": 16}),
    ("no end token", {"temperature": 1.0}, {"eos_token_id": 39}, {"max_new_tokens": 16}),
    ("an end token of config.json", None, {"eos_token_id": [39, 55]}, {"max_new_tokens": 16}),
    ("legacy fields of config.json", None, {"eos_token_id": 39, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2}, {"max_new_tokens": 16}),
    ("repetition penalty", {"eos_token_id": 39, "repetition_penalty": 1.4}, {}, {"max_new_tokens": 16}),
    ("a call's argument wins", {"eos_token_id": 39, "repetition_penalty": 1.4}, {}, {"max_new_tokens": 12, "repetition_penalty": 1.0}),
    ("n-grams", {"no_repeat_ngram_size": 2}, {}, {"max_new_tokens": 16}),
    ("max_new_tokens", {"max_new_tokens": 5}, {}, {}),
    ("max_length", {"max_length": 11}, {}, {}),
    ("max_new_tokens over max_length", {"max_length": 40, "max_new_tokens": 4}, {}, {}),
    ("min_new_tokens", {"eos_token_id": [2, 39, 55, 18], "min_new_tokens": 8}, {}, {"max_new_tokens": 12}),
    ("min_length", {"eos_token_id": [2, 39, 55, 18], "min_length": 12}, {}, {"max_new_tokens": 12}),
    ("beams", {"eos_token_id": [18, 80, 55], "num_beams": 4, "length_penalty": 0.6}, {}, {"max_new_tokens": 12}),
    ("beams, several returned", {"eos_token_id": [18, 80, 55], "num_beams": 3, "num_return_sequences": 2, "early_stopping": True}, {}, {"max_new_tokens": 10}),
    ("beams, renormalised", {"eos_token_id": [18, 80], "num_beams": 3, "repetition_penalty": 1.6, "renormalize_logits": True}, {}, {"max_new_tokens": 10}),
    ("suppressed tokens", {"suppress_tokens": [90, 13, 50, 39, 2]}, {}, {"max_new_tokens": 12}),
    ("suppressed at the beginning", {"begin_suppress_tokens": list(range(0, 60))}, {}, {"max_new_tokens": 8}),
    ("bad words", {"eos_token_id": 39, "bad_words_ids": [[2], [18], [55, 55], [39], [90, 90, 90], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]]}, {}, {"max_new_tokens": 12}),
    ("forced end", {"eos_token_id": 77, "forced_eos_token_id": 77}, {}, {"max_new_tokens": 6}),
    ("forced begin", {"forced_bos_token_id": 33}, {}, {"max_new_tokens": 6}),
    ("forced begin, suppressed begin", {"forced_bos_token_id": 33, "begin_suppress_tokens": list(range(0, 50))}, {}, {"max_new_tokens": 6}),
    ("sampling settings without sampling", {"temperature": 0.3, "top_k": 3, "top_p": 0.5}, {}, {"max_new_tokens": 8}),
    ("neutral values", {"eos_token_id": 39, "length_penalty": 1.0, "num_beams": 1, "top_k": 50, "do_sample": False, "num_beam_groups": 1, "diversity_penalty": 0.0, "encoder_no_repeat_ngram_size": 0, "guidance_scale": None, "output_scores": False}, {}, {"max_new_tokens": 12}),
]


def generated(folder, call, dtype):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    rows = []
    for prompt in PROMPTS:
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=0, **call)
        ends = model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
        for row in out:
            tokens = row[len(prompt):].tolist()
            stop = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
            rows.append(tokens[: stop + 1])
    return rows


def cases():
    for name, generation, config, call in CASES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(BASE, folder, dirs_exist_ok=True)
            path = Path(folder, "config.json")
            content = {**json.loads(path.read_text()), **config}
            path.write_text(json.dumps(content))
            Path(folder, "generation_config.json").unlink(missing_ok=True)
            if generation is not None:
                Path(folder, "generation_config.json").write_text(json.dumps(generation))
            tokens = generated(folder, call, torch.float32)
            assert tokens == generated(folder, call, torch.float64), name
            yield {"name": name, "generation": generation, "config": config, "call": call, "tokens": tokens}


SAMPLERS = [
    {"min_p": 0.1},
    {"min_p": 0.6, "temperature": 0.7},
    {"typical_p": 0.5},
    {"typical_p": 0.9, "top_k": 20},
    {"epsilon_cutoff": 0.03},
    {"epsilon_cutoff": 0.9},
    {"eta_cutoff": 0.03},
    {"eta_cutoff": 0.3, "temperature": 2.0},
    {"temperature": 1.3, "top_k": 25, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.95, "epsilon_cutoff": 0.01, "eta_cutoff": 0.02},
]


def warpers(args):
    made = {
        "temperature": TemperatureLogitsWarper,
        "top_k": TopKLogitsWarper,
        "top_p": TopPLogitsWarper,
        "min_p": MinPLogitsWarper,
        "typical_p": TypicalLogitsWarper,
        "epsilon_cutoff": EpsilonLogitsWarper,
        "eta_cutoff": EtaLogitsWarper,
    }
    return LogitsProcessorList([make(args[name]) for name, make in made.items() if name in args])


def samplers():
    generator = torch.Generator().manual_seed(5)
    for args in SAMPLERS:
        logits = torch.randn(1, 60, generator=generator) * 2
        shares = torch.softmax(warpers(args)(torch.zeros(1, 1, dtype=torch.long), logits.clone()), -1)
        yield {"args": args, "logits": logits[0].tolist(), "shares": shares[0].tolist()}


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    content = {
        "versions": {"transformers": transformers.__version__},
        "prompts": PROMPTS,
        "cases": list(cases()),
        "samplers": list(samplers()),
    }
    OUT.write_text(json.dumps(content) + "\n")
