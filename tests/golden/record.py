"""Records what real TensorFlow computes for the records of tests/cases, one file a family.

Run it with a Python that has TensorFlow 2.x installed (not tfsession's own)::

    python tests/golden/record.py            # every family
    python tests/golden/record.py math nn    # these

A file `<family>.npz` holds one array per output under ``<record>/<dtype>/<index of the output>``.
Inputs are not stored: they follow from the record's name. bfloat16 is stored as float32; strings
as hexadecimal text, under a name that ends in ``/hex``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import tensorflow.compat.v1 as tf

from tests.cases.record import Case, families

FOLDER = Path(__file__).parent


def outputs(case: Case, dtype: str) -> list[Any]:
    """Runs a record on TensorFlow."""
    arrays = case.arrays(dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        feeds = [
            tf.placeholder(tf.string if a.dtype.kind in "OSU" else a.dtype, a.shape) for a in arrays
        ]
        built = case.build(tf, *feeds)
        fetches = list(built) if isinstance(built, (list, tuple)) else [built]
        return session.run(fetches, dict(zip(feeds, arrays, strict=True)))


def stored(key: str, value: Any) -> tuple[str, np.ndarray]:
    """The name and array under which an output is stored."""
    array = np.asarray(value, object) if isinstance(value, bytes) else np.asarray(value)
    if array.dtype.kind == "O":
        return f"{key}/hex", np.vectorize(lambda text: text.hex(), otypes=["U"])(array)
    return key, array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def record(family: str, cases: list[Case]) -> int:
    """Writes the file of one family; returns how many records TensorFlow refused."""
    numbers: dict[str, np.ndarray] = {}
    refused = 0
    for case in cases:
        for dtype in case.dtypes if case.golden else ():
            try:
                values = outputs(case, dtype)
            except Exception as error:  # the other records are still worth having
                lines = str(error).splitlines() or [""]
                reason = next((line for line in lines if "OpKernel" in line), lines[0])
                sys.stderr.write(f"{case.id}/{dtype}: {type(error).__name__}: {reason}\n")
                refused += 1
                continue
            numbers.update(stored(f"{case.id}/{dtype}/{i}", v) for i, v in enumerate(values))
    if numbers:
        np.savez_compressed(FOLDER / f"{family}.npz", **numbers)  # type: ignore[arg-type]  # names
    sys.stdout.write(f"{family}: {len(numbers)} arrays, {refused} refused\n")
    return refused


def main(names: list[str]) -> int:
    """Records the named families, or all."""
    tf.disable_v2_behavior()
    known = families()
    return sum(record(name, known[name]) for name in names or known) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
