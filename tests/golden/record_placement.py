"""Records where real TensorFlow places the operations of tests/placement_graphs.py.

Run it with a Python that has TensorFlow 2.x installed (not tfsession's own)::

    python tests/golden/record_placement.py

`placement.json` holds, for each graph, `devices` (operation to device, as the log tells it, without
the job) and `error` (class and message, "" where there is none; then there are no devices). Where
TensorFlow 1.15 describes a node in other words than 2.x, the words are its.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

# The placer's lines are in the log that the process writes from C++.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"
sys.path.insert(0, str(Path(__file__).parents[1]))

import tensorflow.compat.v1 as tf
from placement_graphs import GRAPHS, PlacementGraph, run

LINE = re.compile(r"(\S+): \(\w+\): /job:localhost/replica:0/task:0/(device:\S+)$", re.MULTILINE)

WORDS = [
    (r"node is name='(\w+)' \(op='\w+'\), and", r"node is \1 , and"),
    (r"node is name='(\w+)' \(op='\w+'\)\.$", r"node is \1"),
    (r"device:\{requested: '[^']*', assigned: '([^']*)'\}", r"device:{\1}"),
]


def record(case: PlacementGraph) -> dict[str, Any]:
    """Places a graph; of an operation that is placed several times, the last counts."""
    saved = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            error = run(tf, case)
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        log.seek(0)
        devices = {} if error else dict(LINE.findall(log.read().decode()))
    for pattern, words in WORDS:
        error = re.sub(pattern, words, error)
    # Pruning adds nodes that take fetched values out.
    placed = {name: device for name, device in devices.items() if not name.startswith("_retval")}
    return {"devices": placed, "error": error}


if __name__ == "__main__":
    tf.disable_v2_behavior()
    found = {name: record(case) for name, case in GRAPHS.items()}
    text = json.dumps(found, indent=1, sort_keys=True)
    Path(__file__).with_name("placement.json").write_text(text + "\n")
