"""Golden file of the GLUE metrics: python tools/golden/glue_metrics.py [OUTPUT_FILE]

Needs numpy, scipy and scikit-learn; the versions used are recorded in the file. Each case holds predictions, labels
and what the reference libraries say about them; NaN is written as null.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy
import scipy
import sklearn
from numpy.random import Generator
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

OUTPUT = Path(__file__).resolve().parents[2] / "packages" / "eval" / "src" / "glue" / "fixtures" / "glue-metrics.json"
SEED = 0


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    warnings.simplefilter("ignore")
    random = numpy.random.default_rng(SEED)
    versions = {"numpy": numpy.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    cases = {
        "versions": versions,
        "classification": [classification(name, *pair) for name, pair in class_cases(random).items()],
        "regression": [regression(name, *pair) for name, pair in number_cases(random).items()],
        "argmax": argmax_case(random),
        "quantiles": quantile_case(random),
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(cases, allow_nan=False) + "\n")


def class_cases(random: Generator) -> dict[str, tuple[list[int], list[int]]]:
    def noisy(classes: int, count: int, accuracy: float, weights: list[float] | None = None):
        labels = random.choice(classes, size=count, p=weights)
        predictions = numpy.where(random.random(count) < accuracy, labels, random.integers(classes, size=count))
        return predictions.tolist(), labels.tolist()

    opposite, opposite_labels = noisy(2, 80, 0.7)
    return {
        "binary, balanced": noisy(2, 200, 0.6),
        "binary, one in twenty positive": noisy(2, 300, 0.8, [0.95, 0.05]),
        "binary, worse than chance": ([1 - x for x in opposite], opposite_labels),
        "binary, perfect": ([0, 1, 1, 0], [0, 1, 1, 0]),
        "binary, all wrong": ([1, 0, 0, 1], [0, 1, 1, 0]),
        "binary, only class 0 predicted": ([0] * 12, [0, 1] * 6),
        "binary, only class 1 predicted": ([1] * 12, [0, 1] * 6),
        "binary, only class 0 labelled": ([0, 1] * 6, [0] * 12),
        "only class 0 on both sides": ([0] * 5, [0] * 5),
        "only class 1 on both sides": ([1] * 5, [1] * 5),
        "one example, right": ([1], [1]),
        "one example, wrong": ([0], [1]),
        "three classes": noisy(3, 250, 0.5),
        "three classes, one never predicted": ([0, 1, 0, 1, 1, 0, 0], [0, 1, 2, 2, 1, 0, 1]),
        "three classes, one never labelled": ([0, 1, 2, 2, 1, 0, 1], [0, 1, 0, 1, 1, 0, 0]),
        "seven classes, skewed": noisy(7, 400, 0.7, [0.32, 0.2, 0.16, 0.12, 0.1, 0.07, 0.03]),
        "class ids with gaps": ([5, 90, 5, 7, 90, 7], [5, 90, 7, 7, 5, 90]),
        "many examples": noisy(2, 1000, 0.9, [0.4, 0.6]),
    }


def classification(name: str, predictions: list[int], labels: list[int]) -> dict[str, Any]:
    binary = set(predictions) | set(labels) <= {0, 1}
    return {
        "name": name,
        "predictions": predictions,
        "labels": labels,
        "accuracy": number(accuracy_score(labels, predictions)),
        "f1_macro": number(f1_score(labels, predictions, average="macro")),
        "matthews_correlation": number(matthews_corrcoef(labels, predictions)),
        "f1": number(f1_score(labels, predictions)) if binary else None,
        "f1_0": number(f1_score(labels, predictions, labels=[0], average="macro")),
    }


def number_cases(random: Generator) -> dict[str, tuple[list[float | None], list[float]]]:
    def related(count: int, noise: float, scale: float = 1.0, offset: float = 0.0):
        labels = random.uniform(0, 5, size=count)
        predictions = offset + scale * (labels + noise * random.standard_normal(count))
        return predictions.tolist(), labels.tolist()

    tied_predictions, tied_labels = related(200, 1.0)
    return {
        "close": related(100, 0.1),
        "noisy": related(150, 2.0),
        "negative": related(60, 0.5, scale=-2.0),
        "unrelated": (random.standard_normal(50).tolist(), random.standard_normal(50).tolist()),
        "steps of a fifth, many ties (as STS-B)": (
            (numpy.round(numpy.array(tied_predictions) * 2) / 2).tolist(),
            (numpy.round(numpy.array(tied_labels) * 5) / 5).tolist(),
        ),
        "two values on each side": ([1.0, 1.0, 2.0, 2.0, 2.0], [3.0, 4.0, 3.0, 4.0, 4.0]),
        "far from zero": related(80, 0.5, scale=1e-3, offset=1e5),
        "tiny": related(80, 0.5, scale=1e-30),
        "huge": related(80, 0.5, scale=1e30),
        "monotone, not linear": ([math.exp(i) for i in range(12)], [float(i) for i in range(12)]),
        "exact": ([0.1 * i for i in range(10)], [0.3 * i for i in range(10)]),
        "zeros of both signs tie": ([0.0, -0.0, 1.0, -1.0], [1.0, 2.0, 3.0, 0.0]),
        "two examples": ([0.5, 0.25], [1.0, 2.0]),
        "constant predictions": ([0.1, 0.1, 0.1, 0.1], [1.0, 2.0, 3.0, 4.0]),
        "constant labels": ([1.0, 2.0, 3.0], [0.7, 0.7, 0.7]),
        "both constant": ([0.1, 0.1, 0.1], [0.2, 0.2, 0.2]),
        "NaN among the predictions": ([1.0, None, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]),
    }


def regression(name: str, predictions: list[float | None], labels: list[float]) -> dict[str, Any]:
    x = numpy.array([math.nan if value is None else value for value in predictions])
    return {
        "name": name,
        "predictions": predictions,
        "labels": labels,
        "pearson": number(pearsonr(x, labels).statistic),
        "spearmanr": number(spearmanr(x, labels).statistic),
    }


def argmax_case(random: Generator) -> dict[str, Any]:
    logits = random.integers(-3, 4, size=(60, 4)).astype(float)
    return {"classes": 4, "logits": logits.ravel().tolist(), "expected": logits.argmax(axis=1).tolist()}


def quantile_case(random: Generator) -> dict[str, Any]:
    values = random.standard_normal(37)
    levels = [0.5, 0.8, 0.9, 0.95, 0.99]
    tails = [[(1 - level) / 2, (1 + level) / 2] for level in levels]
    return {
        "values": values.tolist(),
        "confidences": levels,
        "expected": [numpy.quantile(values, tail).tolist() for tail in tails],
    }


def number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


if __name__ == "__main__":
    main()
