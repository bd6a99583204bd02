"""Stores what real TensorFlow makes of the programs of tests/runs, one file a family.

Run it with a Python that has TensorFlow 1.15 installed (not tfsession's own)::

    python tests/golden/record_runs.py            # every family
    python tests/golden/record_runs.py losses     # this one
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import tensorflow as tf

from tests.runs.outcome import families, outcome

FOLDER = Path(__file__).parent / "runs"


def main(names: list[str]) -> None:
    """Records the named families, or all."""
    tf.logging.set_verbosity(tf.logging.ERROR)
    known = families()
    FOLDER.mkdir(exist_ok=True)
    for family in names or known:
        found = {name: outcome(tf, build) for name, build in known[family].items()}
        lines = [f"{json.dumps(name)}: {json.dumps(found[name])}" for name in found]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        (FOLDER / f"{family}.json").write_text(text)
        sys.stdout.write(f"{family}: {len(found)} programs\n")


if __name__ == "__main__":
    main(sys.argv[1:])
