"""Makes packages/cli/src/fixtures/nlg-roads.json: what whole roads score, from generated texts to the number.

    pip install -r tools/golden/requirements.txt sacrebleu==2.6.0 nltk==3.10.3
    git clone https://github.com/tuetschek/e2e-metrics
    python tools/golden/nlg_roads.py e2e-metrics packages/cli/src/fixtures

The texts are those that a model writes which has learnt one line by heart, and goes on from where its prompt ends. They
are put through the papers' scripts as these call each other:
- webnlg, dart: microsoft/LoRA's gpt2_decode.py --tokenize --lower --ref_num 6, written here after its source, then the
  scores of WebNLG's eval.py: multi-bleu-detok (sacreBLEU without smoothing, which equals it on ASCII text), nltk's
  corpus_bleu, chrF++.
- e2e: e2e-metrics' measure_scores.py -p: its own pymteval, ROUGE_L and CIDEr. Its PTBTokenizer runs in Java; the texts
  hold nothing that it rewrites, so that words in lower case without punctuation are what it gives.
Deterministic.
"""

import json
import re
import sys
import types
from pathlib import Path

import nltk
import sacrebleu
from nltk.tokenize.destructive import NLTKWordTokenizer
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu
from sacrebleu.metrics import BLEU, CHRF, TER

VERSIONS = {"sacrebleu": "2.6.0", "nltk": "3.10.3"}
LINE = "The Sun Pub, a cheap one (really), is in the old centre."
# What the prompts leave of the line.
FROM = [0, 4, 8]
REFERENCES = [
    ["The Sun Pub is a cheap one in the old centre.", "In the old centre there is the Sun Pub, a cheap one (really)."],
    [
        "Sun Pub, a cheap one, lies in the centre.",
        "A cheap pub is in the old centre.",
        "The pub is in the old centre, and it is cheap.",
        "Really cheap: Sun Pub.",
        "In the old centre, a cheap one is Sun Pub.",
        "Sun Pub is cheap.",
        "Sun Pub, a cheap one (really), is in the old centre.",
        "Sun Pub, a cheap one (really), is in the old centre.",
    ],
    ["Pub, a cheap one, is in the centre (the old one)."],
]


def lora_text(text):
    """gpt2_decode.py's post_process with --lower and --tokenize."""
    return " ".join(" ".join(re.split(r"(\W)", text.lower())).split())


def lora_scores(texts):
    hypotheses = [lora_text(text) for text in texts]
    groups = [[lora_text(text) for text in group] for group in REFERENCES]
    files = [[group[number] if number < len(group) else group[0] for group in groups] for number in range(6)]
    filled = list(map(list, zip(*files)))
    words = NLTKWordTokenizer().tokenize
    return {
        "BLEU": BLEU(smooth_method="none", tokenize="13a", force=True).corpus_score(hypotheses, files).score,
        "BLEU NLTK": corpus_bleu(
            [[words(text) for text in group] for group in filled],
            [words(text) for text in hypotheses],
            smoothing_function=SmoothingFunction().method3,
        ),
        "chrF++": CHRF(word_order=2, eps_smoothing=True).corpus_score(hypotheses, files).score / 100,
    }


def e2e_scores(texts, metrics):
    sys.path.insert(0, metrics)
    # pymteval was written for Python 2 and 3 together.
    utils = types.ModuleType("past.utils")
    utils.old_div = lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) else a / b
    sys.modules["past"] = types.ModuleType("past")
    sys.modules["past.utils"] = utils
    from metrics.pymteval import BLEUScore, NISTScore
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu, nist = BLEUScore(), NISTScore()
    for text, group in zip(texts, REFERENCES):
        bleu.append(text, group)
        nist.append(text, group)
    plain = lambda text: " ".join(re.sub(r"\(", " -lrb- ", re.sub(r"\)", " -rrb- ", re.sub(r"[.,:]", "", text.lower()))).split())
    references = {number: [plain(text) for text in group] for number, group in enumerate(REFERENCES)}
    hypotheses = {number: [plain(text)] for number, text in enumerate(texts)}
    most = max(map(len, REFERENCES))
    files = [[group[number] if number < len(group) else None for group in REFERENCES] for number in range(most)]
    return {
        "BLEU": float(bleu.score()),
        "NIST": float(nist.score()),
        "ROUGE_L": float(Rouge().compute_score(references, hypotheses)[0]),
        "CIDEr": float(Cider().compute_score(references, hypotheses)[0]),
        "TER": TER().corpus_score(texts, files).score,
        "chrF": CHRF().corpus_score(texts, files).score,
    }


def main(metrics, out):
    assert VERSIONS == {"sacrebleu": sacrebleu.__version__, "nltk": nltk.__version__}
    texts = [LINE[start:] for start in FROM]
    golden = {
        "line": LINE,
        "from": FROM,
        "references": REFERENCES,
        "paper": lora_scores(texts),
        "e2e": e2e_scores(texts, metrics),
        "versions": VERSIONS,
    }
    Path(out, "nlg-roads.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main(sys.argv[1], sys.argv[2])
