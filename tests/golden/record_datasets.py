"""Records what the programs of tests/datasets.py print under TensorFlow 1.15, in datasets.json.

Run it with a Python that has TensorFlow 1.15 installed (not tfsession's own)::

    python tests/golden/record_datasets.py
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import datasets  # noqa: E402
import tensorflow as tf  # noqa: E402


def main():
    """Writes the file."""
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    found = {}
    for name, function in datasets.PROGRAMS.items():
        with tf.Graph().as_default():
            found[name] = function(tf)
    HERE.joinpath("datasets.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    assert tf.__version__.startswith("1.15."), tf.__version__
    main()
