"""Makes the golden files of @dylora/eval/nlg with the reference tools.

    pip install sacrebleu==2.6.0 nltk==3.10.3
    python tools/golden/nlg_metrics.py E2E_FOLDER packages/eval/src/nlg/fixtures

E2E_FOLDER holds devset.csv of the E2E NLG Challenge data (CC BY-SA 4.0). Writes
- nlg-scores.json: a sample of the dev set, systems made from its references, hard texts, and every score and
  per-segment statistic that sacreBLEU and nltk give them,
- nlg-stems.json: words with their stems by nltk's SnowballStemmer("english") and PorterStemmer().
Deterministic: same data, same files.
"""

import csv
import json
import random
import re
import sys
from collections import OrderedDict
from pathlib import Path

import nltk
import sacrebleu
from nltk.stem.porter import PorterStemmer
from nltk.stem.snowball import SnowballStemmer
from nltk.tokenize.destructive import NLTKWordTokenizer
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu
from nltk.translate.nist_score import corpus_nist
from sacrebleu.metrics import BLEU, CHRF, TER

VERSIONS = {"sacrebleu": "2.6.0", "nltk": "3.10.3"}
INSTANCES = 150
HARD = [
    ("It costs $1,000.50 - or 3-4 times less; isn't it?", ["It costs $1,000.5 or 3-4 times less, doesn't it?"]),
    ("", ["Aromi serves Chinese food."]),
    ("Aromi", ["Aromi", ""]),
    ("x y z", ["a b c d", "x"]),
    ("&quot;Zizzi&quot; &amp; friends &lt;3 &amp;lt;", ['"Zizzi" & friends <3 <']),
    ("naïve café — “Über” … ½ price £20–25 (5★)", ["naïve cafe - \"Uber\" ... 1/2 price £20-25 (5 stars)"]),
    ("日本語のテスト 😀 emoji", ["日本語 テスト 😀 emoji!"]),
    ("a\u00a0b\u2003c d\u0085e", ["a b c d e"]),
    ("CAFÉ ÉCOLE İstanbul ΣΟΦΟΣ", ["café école i̇stanbul σοφος"]),
    ("3.5% of 1990's U.S.-based co-ops, a.m./p.m., etc.", ["3.5 % of 1990s US based coops a.m. / p.m. etc"]),
]


def instances(folder):
    groups = OrderedDict()
    with open(Path(folder) / "devset.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["mr"], []).append(row["ref"].strip())
    return [(mr, refs) for mr, refs in groups.items() if len(refs) >= 3]


def corrupt(rng, text):
    """Drops, doubles, swaps and moves words: what makes TER shift and BLEU miss."""
    words = text.split()
    for _ in range(rng.randint(0, 4)):
        if len(words) < 4:
            break
        i, j = sorted(rng.sample(range(len(words)), 2))
        kind = rng.randrange(4)
        if kind == 0:
            del words[i]
        elif kind == 1:
            words.insert(j, words[i])
        elif kind == 2:
            words[i], words[j] = words[j], words[i]
        else:
            words = words[:i] + words[j:] + words[i:j]
    return " ".join(words)


def corpus(folder):
    rng = random.Random(20170522)
    chosen = rng.sample(instances(folder), INSTANCES)
    system_a, system_b, references = [], [], []
    for k, (_, refs) in enumerate(chosen):
        refs = refs[:5]
        other = chosen[(k + 1) % INSTANCES][1]
        system_a.append(corrupt(rng, refs[0]))
        system_b.append(refs[1] if rng.random() < 0.5 else corrupt(rng, other[0]))
        references.append(refs[2:] if rng.random() < 0.7 else refs[2:3])
    for hypothesis, refs in HARD:
        system_a.append(hypothesis)
        system_b.append(refs[0])
        references.append(refs)
    return {"a": system_a, "b": system_b}, references


def streams(references):
    count = max(map(len, references))
    return [[refs[k] if k < len(refs) else None for refs in references] for k in range(count)]


def sacrebleu_scores(system, references):
    metrics = {
        "bleu": BLEU(),
        "bleu-intl": BLEU(tokenize="intl"),
        "bleu-none": BLEU(tokenize="none"),
        "bleu-lc": BLEU(lowercase=True),
        "bleu-floor": BLEU(smooth_method="floor"),
        "bleu-add-k": BLEU(smooth_method="add-k"),
        "bleu-unsmoothed": BLEU(smooth_method="none"),
        "bleu-effective": BLEU(effective_order=True),
        "chrf": CHRF(),
        "chrf++": CHRF(word_order=2),
        "chrf++-lc": CHRF(word_order=2, lowercase=True),
        "chrf++-eps": CHRF(word_order=2, eps_smoothing=True),
        "chrf-space": CHRF(whitespace=True),
        "ter": TER(),
        "ter-normalized": TER(normalized=True),
        "ter-normalized-case": TER(normalized=True, case_sensitive=True),
        "ter-no-punct": TER(no_punct=True),
    }
    scores = {}
    for name, metric in metrics.items():
        rows = metric._extract_corpus_statistics(system, streams(references))
        scores[name] = {"score": metric._aggregate_and_compute([list(row) for row in rows]).score}
        if name in ("bleu", "chrf++", "ter", "ter-normalized"):
            scores[name]["rows"] = [[round(value, 9) for value in row] for row in rows]
    return scores


def nltk_scores(system, references):
    tokenize = NLTKWordTokenizer().tokenize
    hypotheses = [tokenize(text) for text in system]
    tokens = [[tokenize(text) for text in refs] for refs in references]
    return {
        "nltk-bleu": {"score": corpus_bleu(tokens, hypotheses, smoothing_function=SmoothingFunction().method3)},
        "nltk-nist": {"score": corpus_nist(tokens, hypotheses)},
    }


def long_pairs():
    """Word lists as digits: near-permutations and random ones, long enough for TER's beam and limits."""
    rng = random.Random(7)
    pairs = []
    for length, vocabulary in [(30, 8), (40, 26), (60, 15), (70, 60), (110, 90), (120, 12)]:
        reference = [str(rng.randrange(vocabulary)) for _ in range(length)]
        cut = rng.randrange(3, length - 3)
        moved = reference[cut:] + reference[:cut]
        noisy = [word if rng.random() < 0.8 else str(rng.randrange(vocabulary)) for word in moved]
        pairs += [[" ".join(moved), " ".join(reference)], [" ".join(noisy[: length - 5]), " ".join(reference)]]
    pairs += [["1 2 3", " ".join(str(k % 7) for k in range(80))], [" ".join("5" for _ in range(40)), "5 6 5 6"]]
    metric = TER()
    return [[h, r, metric._extract_corpus_statistics([h], [[r]])[0][0]] for h, r in pairs]


def vocabulary(folder):
    words = set()
    for _, refs in instances(folder):
        for text in refs:
            words.update(re.findall(r"[a-z][a-z'’]*", text.lower()))
    stems = "relat condit valenc hesit digit conform radic differ vil analog vietnam predic operat feud decis hope callous"
    stems += " formal sens electric good allow inf air gyroscop defens irrit replac adjust depend adopt commun angular effect"
    stems += " gener arsen happi cry tie die sky news hop fall hiss fizz fail fil siz trouble conflat plaster bl mot"
    endings = "s es ies ied ed eed eedly ing ingly edly ational tional enci anci izer ization ation ator alism iveness"
    endings += " fulness ousness aliti iviti biliti bli fulli lessli icate ative alize iciti ical ful ness al ance ence er ic"
    endings += " able ible ant ement ment ent sion tion ism ate iti ous ive ize y ly li logi e l ll 's '"
    rng = random.Random(3)
    made = [stem + ending for stem in stems.split() for ending in endings.split()]
    return sorted(words | set(rng.sample(made, 1200)))


def main(folder, out):
    for name, module in (("sacrebleu", sacrebleu), ("nltk", nltk)):
        if module.__version__ != VERSIONS[name]:
            sys.exit(f"{name} {module.__version__} found, {VERSIONS[name]} needed")
    systems, references = corpus(folder)
    golden = {
        "made": "tools/golden/nlg_metrics.py",
        "versions": VERSIONS,
        "references": references,
        "systems": systems,
        "scores": {
            name: {**sacrebleu_scores(system, references), **nltk_scores(system, references)}
            for name, system in systems.items()
        },
        "longPairs": long_pairs(),
    }
    write(Path(out) / "nlg-scores.json", golden)
    snowball, porter = SnowballStemmer("english"), PorterStemmer()
    words = vocabulary(folder)
    write(
        Path(out) / "nlg-stems.json",
        {
            "made": "tools/golden/nlg_metrics.py",
            "versions": VERSIONS,
            "stems": [[word, snowball.stem(word), porter.stem(word)] for word in words],
        },
    )


def write(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
