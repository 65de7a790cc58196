"""Writes packages/data/src/fixtures/tokenizer-folders.json: made-up model folders and what AutoTokenizer makes of them.

Usage: python tools/golden/tokenizer_folders.py [--count N --seed S --out FILE]
Each folder has a random choice of tokenizer.json or vocab.json + merges.txt, tokenizer_config.json,
special_tokens_map.json and added_tokens.json, which may contradict one another.
Written with transformers 5.18.0 and tokenizers 0.23.2.
"""

import argparse
import json
import os
import random
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]

TEXTS = [
    "Hello world",
    " leading",
    "a <mask> b<mask>",
    "<|user|> hi <|end|>x<|user|>",
    "<s> in </s> <pad> <unk><|endoftext|> end",
    "foo foobar barfoo foo_ foo",
    "café 中 naïve",
    "HELLO FOO <X>  <x>",
    "tail <|end|>  \n<|user|>",
    "",
]
PAIRS = [["one", "two <|end|>"], ["", "x"]]

BYTES = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b <= 0xFF]
CHARACTERS = [chr(b) for b in BYTES] + [chr(256 + i) for i in range(256 - len(BYTES))]
MERGES = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("o", "r"), ("f", "o"), ("fo", "o"), ("Ġ", "h"), ("b", "a")]


def bpe(first):
    tokens = first + CHARACTERS + [a + b for a, b in MERGES]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


PIECES = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]] + [
    [piece, -1.0 - 0.37 * i] for i, piece in enumerate(["▁", "▁he", "ll", "o", "▁w", "or", "foo", "▁foo", "ba", "▁a", "hell", "▁in"])
] + [[c, -9.0 - 0.01 * i] for i, c in enumerate("abcdefghijklmnopqrstuvwxyz<>|/_HELOFX")] + [["<mask>", 0.0]]

VOCABULARIES = {
    "roberta": bpe(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]),
    "gpt2": bpe(["<|endoftext|>"]),
    "bare": bpe([]),
    "unigram": PIECES,
}

NAMES = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>", "<|user|>", "<|end|>", "foo", "<X>", "é", "bar"]
ROLES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def flag(r, chance=0.3):
    return r.random() < chance


def token(r, content=None):
    special = flag(r, 0.5)
    return {
        "content": content or r.choice(NAMES),
        "single_word": flag(r, 0.2),
        "lstrip": flag(r, 0.2),
        "rstrip": flag(r, 0.2),
        "normalized": flag(r, 0.5),
        "special": special,
    }


def some(r, most):
    return r.sample(NAMES, r.randrange(1, most + 1))


def named(r, objects):
    out = {}
    for role in ROLES:
        if flag(r):
            content = r.choice(NAMES)
            value = token(r, content)
            value.pop("special")
            out[role] = value if objects and flag(r) else content
    if flag(r):
        out["additional_special_tokens"] = some(r, 3)
    return out


def config_of(r, size):
    config = named(r, False)
    if flag(r, 0.5):
        config["add_prefix_space"] = flag(r, 0.5)
    if flag(r, 0.2):
        config["pad_token"] = None
    if flag(r, 0.2):
        config["add_bos_token"] = flag(r, 0.7)
    if flag(r, 0.2):
        config["add_eos_token"] = flag(r, 0.7)
    if flag(r, 0.1):
        config["split_special_tokens"] = True
    if flag(r, 0.2):
        config["truncation_side"] = "left"
    if flag(r, 0.2):
        config["model_max_length"] = r.choice([7, 512])
    if flag(r, 0.1):
        config["image_token"] = "<|user|>"
    if flag(r, 0.1):
        config["extra_special_tokens"] = r.choice([["<X>"], {"end_turn": "<|end|>"}])
    if flag(r, 0.4):
        ids = r.sample(range(size + 12), 4)
        config["added_tokens_decoder"] = {str(i): token(r, c) for i, c in zip(ids, r.sample(NAMES, r.randrange(0, 5)))}
    return config


def case(r):
    kind = r.choice(["roberta", "roberta", "gpt2", "gpt2", "xlm-roberta", "camembert"])
    unigram = kind in ("xlm-roberta", "camembert")
    vocab = "unigram" if unigram else r.choice([kind, kind, kind, "bare"])
    size = len(VOCABULARIES[vocab])
    files = {"config.json": {"model_type": kind, "vocab_size": 400}}
    if unigram or flag(r, 0.6):
        added = [{"id": i, **token(r, c)} for i, c in zip(r.sample(range(size + 9), 9), some(r, 6))]
        if unigram:
            model = {"type": "Unigram", "unk_id": 3, "vocab": "@"}
            words = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": r.choice(["always", "first"]), "split": True}
            decoder = {**words}
            processor = None
        else:
            model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": "@", "merges": "@"}
            words = {**BYTE_LEVEL, "add_prefix_space": flag(r, 0.5)}
            decoder = {**BYTE_LEVEL, "add_prefix_space": True}
            processor = r.choice([None, {**BYTE_LEVEL, "trim_offsets": False}])
        files["tokenizer.json"] = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": sorted(added, key=lambda t: t["id"]),
            "normalizer": r.choice([None, None, {"type": "Lowercase"}]),
            "pre_tokenizer": words,
            "post_processor": processor,
            "decoder": decoder,
            "model": model,
        }
    else:
        files["vocab.json"] = "@"
        files["merges.txt"] = "@"
    if flag(r, 0.6):
        files["tokenizer_config.json"] = config_of(r, size)
        if flag(r, 0.2) and "tokenizer.json" in files:
            files["tokenizer_config.json"]["tokenizer_class"] = r.choice(["PreTrainedTokenizerFast", "TokenizersBackend"])
    if flag(r, 0.4):
        files["special_tokens_map.json"] = named(r, True)
    if flag(r, 0.4):
        files["added_tokens.json"] = {c: i for c, i in zip(some(r, 4), r.sample(range(size, size + 12), 4))}
    return {"vocabulary": vocab, "files": files}


def content_of(name, content, vocab):
    if name == "merges.txt":
        return "#version: 0.2\n" + "\n".join(" ".join(m) for m in MERGES) + "\n"
    if name == "vocab.json":
        content = VOCABULARIES[vocab]
    if name == "tokenizer.json":
        content = json.loads(json.dumps(content))
        content["model"]["vocab"] = VOCABULARIES[vocab]
        if "merges" in content["model"]:
            content["model"]["merges"] = [list(m) for m in MERGES]
    return json.dumps(content)


def result(one):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in one["files"].items():
            Path(folder, name).write_text(content_of(name, content, one["vocabulary"]), encoding="utf-8")
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            ids = [tokenizer.encode(text) for text in TEXTS]
            return {
                "class": type(tokenizer).__name__,
                "ids": ids,
                "pairs": [tokenizer.encode(*pair) for pair in PAIRS],
                "cut": tokenizer.encode(TEXTS[3], truncation=True, max_length=6),
                "decoded": [tokenizer.decode(row) for row in ids],
                "plain": [tokenizer.decode(row, skip_special_tokens=True) for row in ids],
                "bos": tokenizer.bos_token_id,
                "eos": tokenizer.eos_token_id,
                "pad": tokenizer.pad_token_id,
                "size": len(tokenizer),
                "maxLength": tokenizer.model_max_length if tokenizer.model_max_length < 1e9 else None,
            }
        except BaseException as error:
            return {"error": f"{type(error).__name__}: {error}"[:120]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--out", type=Path, default=ROOT / "packages/data/src/fixtures/tokenizer-folders.json")
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    r = random.Random(args.seed)
    cases = []
    while len(cases) < args.count:
        one = case(r)
        expected = result(one)
        if "error" not in expected:
            cases.append({**one, "expected": expected})
        elif args.seed != 12:
            print(expected["error"])
    content = {
        "versions": {"transformers": transformers.__version__},
        "texts": TEXTS,
        "pairs": PAIRS,
        "merges": [" ".join(m) for m in MERGES],
        "vocabularies": VOCABULARIES,
        "cases": cases,
    }
    args.out.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


main()
