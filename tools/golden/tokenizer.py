"""Writes packages/data/src/fixtures/tokenizer.json: encodings by Hugging Face tokenizers (the Rust library).

Usage: python tools/golden/tokenizer.py TOKENIZERS
TOKENIZERS holds the folders `roberta` (vocab.json, merges.txt) and `gpt2` (also tokenizer.json), as published with
roberta-base and gpt2. The third tokenizer is the one of examples/quickstart/model.
Written with transformers 5.18.0 and tokenizers 0.23.2.
"""

import json
import sys
from pathlib import Path

import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer
from transformers import GPT2Tokenizer, RobertaTokenizer

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "packages/data/src/fixtures/tokenizer.json"

TEXTS = [
    "",
    "Hello, world!",
    " leading space",
    "   three leading, two trailing  ",
    "many     spaces   inside",
    "line one\nline two\n\nline four\r\nline five",
    "\t tab \t and\ttabs",
    "can't won't I'll you're we've I'd he's 'S 'LL o'clock ’s",
    "name[The Vaults], eatType[pub], priceRange[more than £30], near[Café Adriatic]",
    "The Vaults pub near Café Adriatic has a 5 star rating.  Prices start at £30.",
    "Cafe\u0301 de\u0301compose\u0301 A\u030a Z\u0351\u036b\u0343\u036a",
    "emoji 😀👍🏽 family 👨‍👩‍👧‍👦 flag 🇬🇧 keycap 1️⃣",
    "中文分词没有空格。日本語のテキスト、한국어 문장",
    "مرحبا بالعالم שלום עולם नमस्ते दुनिया สวัสดี",
    "numbers 1234567890 3.14 1,000 ½ ² ٣ Ⅷ 0x1F",
    "nbsp\u00a0thin\u2009ideographic\u3000zero\u200bwidth nel\u0085bom\ufeffinside line\u2028sep",
    "\ufeffbom at the start",
    "control \x00\x01\x1f\x7f characters",
    "w" * 300,
    "pneumonoultramicroscopicsilicovolcanoconiosis antidisestablishmentarianism",
    "snake_case camelCase kebab-case __init__ a.b.c http://example.org/?q=1&r=a%20b#x",
    "!!! ... --- ??!! (([[{{<<>>}}]])) @#$%^&*",
    "special <s> in </s> the <mask> text <pad> <unk> <|endoftext|>x",
    "  <mask>  spaces around the mask <mask>",
    "<|endoftext|><|endoftext|>",
    "A quite ordinary sentence, such as one finds in a data set: it has a colon; a semicolon and a dash - all plain.",
    "\n",
    " ",
    "a",
    "ß ſ ﬁ ǆ İ ı Σς",
    "a \u0085b \u0085 c\u0085\u0085d \ufeff e \ufeff\ufefff",
    "\u1680ogham \u180emongolian \u200bzero \u205fmath \u2028line \u2029paragraph \x1cfile \x0bvt \x0cff",
]
PAIRS = [
    ["one two three four five six seven", "eight nine ten eleven twelve thirteen fourteen"],
    ["short", "a much longer second text that needs more room than the first"],
    ["a much longer first text that needs more room than the second", "short"],
    ["", "second only"],
    ["first only", ""],
    ["", ""],
    ['He said "no" .', " leading space"],
]
MAX_LENGTHS = [4, 5, 6, 7, 8, 9, 11, 12, 16, 24]
STRATEGIES = ["longest_first", "only_first", "only_second"]


def truncated(tokenizer: Tokenizer, first: str, second: str | None, length: int, strategy: str) -> list[int] | None:
    """Ids, or None where the Rust library refuses.

    `encode` of tokenizers 0.23 stops once a text alone has `length` tokens, so that it compares lengths that are not the
    texts' own; truncating whole encodings, as here, is what all versions before did.
    """
    encodings = [tokenizer.encode(text, add_special_tokens=False) for text in (first, second) if text is not None]
    try:
        tokenizer.enable_truncation(length, strategy=strategy)
        return tokenizer.post_process(*encodings).ids
    except Exception as error:  # the library raises bare exceptions
        assert "Truncation error" in str(error) or "truncation" in str(error), error
        return None
    except BaseException as error:  # pyo3's PanicException is no Exception
        assert type(error).__name__ == "PanicException", error
        return None
    finally:
        tokenizer.no_truncation()


def longest_first(tokenizer: Tokenizer) -> list[list[int]]:
    """Rows (tokens of the first text, of the second, room; tokens kept of each), over all small cases."""
    rows = []
    for first in range(8):
        for second in range(8):
            for room in range(13):
                texts = "<mask>" * first, "<pad>" * second
                ids = truncated(tokenizer, *texts, room + 4, "longest_first")
                rows.append([first, second, room, ids.count(4), ids.count(1)])
    return rows


def golden(tokenizer: Tokenizer) -> dict:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    singles = [tokenizer.encode(text).ids for text in TEXTS]
    long = TEXTS[25]
    return {
        "vocabSize": tokenizer.get_vocab_size(),
        "singles": singles,
        "decoded": [tokenizer.decode(ids, skip_special_tokens=False) for ids in singles],
        "decodedPlain": [tokenizer.decode(ids, skip_special_tokens=True) for ids in singles],
        "pairs": [tokenizer.encode(*pair).ids for pair in PAIRS],
        "truncatedSingles": [truncated(tokenizer, long, None, length, "longest_first") for length in MAX_LENGTHS],
        "truncatedPairs": {
            strategy: [[truncated(tokenizer, *pair, length, strategy) for length in MAX_LENGTHS] for pair in PAIRS]
            for strategy in STRATEGIES
        },
    }


def main(folder: Path) -> None:
    quickstart = Tokenizer.from_file(str(ROOT / "examples/quickstart/model/tokenizer.json"))
    gpt2 = Tokenizer.from_file(str(folder / "gpt2/tokenizer.json"))
    from_vocabulary = GPT2Tokenizer.from_pretrained(folder / "gpt2").backend_tokenizer
    assert all(gpt2.encode(text).ids == from_vocabulary.encode(text).ids for text in TEXTS)
    # As roberta-base publishes it (and transformers 4 builds it): the mask swallows the space before it.
    mask = AddedToken("<mask>", lstrip=True, normalized=False, special=True)
    roberta = RobertaTokenizer.from_pretrained(folder / "roberta", mask_token=mask).backend_tokenizer
    result = {
        "versions": {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__},
        "texts": TEXTS,
        "pairs": PAIRS,
        "maxLengths": MAX_LENGTHS,
        "truncatedText": 25,
        "longestFirst": longest_first(quickstart),
        "tokenizers": {
            "quickstart": golden(quickstart),
            "roberta": golden(roberta),
            "gpt2": golden(gpt2),
        },
    }
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
