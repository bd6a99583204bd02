"""Records a trace of real TensorFlow: the StepStats of a run, and what its Timeline makes of them.

Run it with a Python that has TensorFlow 2.x installed (not tfsession's own)::

    python tests/golden/record_timeline.py

`timeline.json` holds the serialised StepStats in base64, and the events of the Chrome trace.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import tensorflow.compat.v1 as tf
from tensorflow.python.client.timeline import Timeline

from tests.traced_program import run

FILE = Path(__file__).parent / "timeline.json"


def main() -> None:
    """Writes the file."""
    tf.disable_v2_behavior()
    metadata = run(tf)
    trace = Timeline(metadata.step_stats).generate_chrome_trace_format(show_memory=True)
    content = {
        "step_stats": base64.b64encode(metadata.step_stats.SerializeToString()).decode(),
        "events": json.loads(trace)["traceEvents"],
    }
    FILE.write_text(json.dumps(content, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(content['events'])} events\n")


if __name__ == "__main__":
    main()
