"""Records what real TensorFlow computes for the programs of tests/edges.py.

Run it with a Python that has TensorFlow 1.15 installed (not tfsession's own)::

    python tests/golden/record_edges.py

`edges.npz` holds, for each program, its results under ``<name>/<index>``, strings as hexadecimal
text under ``<name>/<index>/hex``, or the class of its error under ``<name>/error``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import tensorflow as tf
from edges import EDGES

FILE = Path(__file__).with_name("edges.npz")


def outputs(build: Any) -> list[Any]:
    """Runs a program on a CPU; elsewhere TensorFlow has kernels that compute otherwise."""
    with tf.Graph().as_default(), tf.Session() as session, tf.device("/cpu:0"):
        built = build(tf)
        return session.run(list(built) if isinstance(built, (list, tuple)) else [built])


def main() -> None:
    """Writes the file."""
    stored = {}
    for name, build in EDGES.items():
        try:
            values = [np.asarray(value) for value in outputs(build)]
        except Exception as error:  # its class is the result
            stored[f"{name}/error"] = np.array(type(error).__name__)
            sys.stdout.write(f"{name}: {str(error).splitlines()[0]}\n")
            continue
        for index, value in enumerate(values):
            key = f"{name}/{index}"
            if value.dtype.kind == "O":
                hexes = [text.hex() for text in value.ravel()]
                stored[key + "/hex"] = np.array(hexes).reshape(value.shape)
            else:
                stored[key] = value
    np.savez_compressed(FILE, **stored)
    sys.stdout.write(f"{len(stored)} arrays\n")


if __name__ == "__main__":
    main()
