"""Makes packages/eval/src/nlg/fixtures/nlg-texts.json: texts in which JavaScript and Python differ, and ties of chrF.

    pip install sacrebleu==2.6.0 nltk==3.10.3
    python tools/golden/nlg_texts.py packages/eval/src/nlg/fixtures

- texts: made of words and kinds of white space that the two languages read in different ways (U+FEFF, U+0085, U+001C to
  U+001F, Turkish i, long s, final sigma), with what Python makes of them: str.split, str.strip, str.lower, nltk's word
  tokenizer, and microsoft/LoRA's post-processing.
- ties: short texts with references that score nearly alike, with sacreBLEU's corpus scores, which depend on which of the
  references it takes.
Deterministic.
"""

import json
import random
import re
import sys
from pathlib import Path

import nltk
import sacrebleu
from nltk.tokenize.destructive import NLTKWordTokenizer
from sacrebleu.metrics import CHRF

VERSIONS = {"sacrebleu": "2.6.0", "nltk": "3.10.3"}
WORDS = (
    "a The pub isn't can't cannot. gonna Gimme wanna lemme 'tis 'twas d'ye more'n they'll don't dogs' ``x'' \"q\" ... -- "
    ", : ; ? ! ( ) [ ] £3.50 1,000.5 3-4 a.m. &amp; x/y ‘a’ “b” «c» – — … gımme gİmme 'tıs İ ı ß Σ ΣΟΦΟΣ ſ 'ſ K é e\u0301 "
    "½ ٣ Ⅷ 日本 😀 \u200b \u200d \ufeff \u180e \u2060 \u00ad x\ufeffy ' \" _ .' .\" a. b, c:"
).split(" ")
SPACES = [" "] * 12 + ["", "  ", "\t", "\xa0", "\u2003", "\u2028", "\u3000", "\x85", "\x1c", "\x1f", "\ufeff", "\u200b", "\x0b", "\n"]


def lora_text(text):
    """gpt2_decode.py's post_process with --lower and --tokenize."""
    return " ".join(" ".join(re.split(r"(\W)", text.lower())).split())


def texts(rng, count):
    tokenize = NLTKWordTokenizer().tokenize
    for _ in range(count):
        text = "".join(rng.choice(WORDS) + rng.choice(SPACES) for _ in range(rng.randint(1, 9)))
        # A blank line ends a text in gpt2_decode.py, before its post-processing.
        text = text.replace("\n\n", "\n")
        yield {
            "text": text,
            "split": text.split(),
            "strip": text.strip(),
            "lower": text.lower(),
            "nltk": tokenize(text),
            "lora": lora_text(text.strip()),
        }


def other_order(stats):
    """F of the first 6 orders with the factor 100 multiplied in first: where it ranks references otherwise, order counts."""
    used = [stats[i : i + 3] for i in range(0, len(stats), 3) if stats[i] > 0 and stats[i + 1] > 0]
    if not used:
        return 0.0
    precision = sum(match / own for own, _, match in used) / len(used)
    recall = sum(match / other for _, other, match in used) / len(used)
    return (100 * 5 * precision * recall) / (4 * precision + recall) if precision + recall else 0.0


def ties(rng, count):
    short = lambda: "".join(rng.choice("abcd") for _ in range(rng.randint(2, 6)))
    found = 0
    while found < count:
        hypothesis, references = short(), [short(), short()]
        metric = CHRF()
        rows = [metric._extract_corpus_statistics([hypothesis], [[reference]])[0] for reference in references]
        first, second = map(metric._compute_f_score, rows)
        if rows[0] == rows[1] or first == 0 or abs(first - second) > 1e-9:
            continue
        # Half of them are those where another order of operations takes another reference.
        differs = (second > first) != (other_order(rows[1]) > other_order(rows[0]))
        if found % 2 == 0 and not differs:
            continue
        found += 1
        corpus = [hypothesis, "abcde fgh"], [[references[0], "abcde fgx"], [references[1], "abcde fgx"]]
        yield {
            "hypotheses": corpus[0],
            "references": [references, ["abcde fgx", "abcde fgx"]],
            "chrf": CHRF().corpus_score(*corpus).score,
            "chrf++": CHRF(word_order=2).corpus_score(*corpus).score,
        }


def main(out):
    assert VERSIONS == {"sacrebleu": sacrebleu.__version__, "nltk": nltk.__version__}
    rng = random.Random(12)
    golden = {"versions": VERSIONS, "texts": list(texts(rng, 400)), "ties": list(ties(rng, 60))}
    Path(out, "nlg-texts.json").write_text(json.dumps(golden, ensure_ascii=True) + "\n", encoding="utf-8")


main(sys.argv[1])
