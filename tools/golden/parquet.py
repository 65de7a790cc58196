"""Writes the parquet fixtures of packages/data: the layout of the hub's `nyu-mll/glue`, in several compressions.

Usage: python tools/golden/parquet.py      (needs pyarrow; written with 25.0.1)
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parents[2] / "packages/data/src/fixtures/hub"

COLA = pa.table(
    {
        "sentence": ["The kettle sang.", "Kettle the sang.", 'They said "no" — twice.\tTab, \nnewline, 😀.'],
        "label": pa.array([1, 0, 1], pa.int64()),
        "idx": pa.array([0, 1, 2], pa.int32()),
    }
)
STSB = pa.table(
    {
        "sentence1": ["A plane takes off."] * 40 + ["A man plays a flute."],
        "sentence2": ["An air plane is taking off."] * 40 + ["A man eats a pear."],
        "label": pa.array([5.0] * 40 + [0.75], pa.float32()),
        "idx": pa.array(range(41), pa.int32()),
    }
)
WNLI_TEST = pa.table(
    {
        "sentence1": ["The jug filled the cup."],
        "sentence2": ["The cup was full."],
        "label": pa.array([-1], pa.int64()),
        "idx": pa.array([0], pa.int32()),
    }
)
NULLS = pa.table({"text": ["one", None, "three"], "label": pa.array([0, 1, None], pa.int64())})
# As datasets writes a ClassLabel: numbers, with their names in the file's metadata.
FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["negative", "positive"], "_type": "ClassLabel"},
}
CLASSES = pa.table({"text": ["good", "bad", "none"], "label": pa.array([1, 0, -1], pa.int64())}).replace_schema_metadata(
    {"huggingface": json.dumps({"info": {"features": FEATURES}})}
)


def main() -> None:
    for table, path, compression in [
        (COLA, "cola/validation-00000-of-00001.parquet", "snappy"),
        (COLA, "cola/train-00000-of-00001.parquet", "none"),
        (STSB, "stsb/validation-00000-of-00001.parquet", "zstd"),
        (STSB, "stsb/train-00000-of-00001.parquet", "brotli"),
        (WNLI_TEST, "wnli/test-00000-of-00001.parquet", "gzip"),
        (NULLS, "nulls.parquet", "lz4"),
        (CLASSES, "classes.parquet", "snappy"),
    ]:
        target = OUT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Metadata of the table's own go with its schema.
        pq.write_table(table, target, compression=compression, store_schema=table is CLASSES)


if __name__ == "__main__":
    main()
