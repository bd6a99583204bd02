"""A process that runs one workload on one executor when its parent says so.

Started as `python -m benchmarks.worker <tfsession|tensorflow> <workload>`. Commands come as lines
on stdin, answers leave as lines of JSON on stdout:

    run <steps>    {"seconds": ..., "loss": ...}
    memory         {"bytes": ...}, the most that the process ever held
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.workloads import WORKLOADS

MODULES = {"tfsession": "tfsession", "tensorflow": "tensorflow.compat.v1"}


def load(executor: str) -> Any:
    """The module that plays `tf`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = importlib.import_module(MODULES[executor])
    if executor == "tensorflow":
        tf.logging.set_verbosity(tf.logging.ERROR)
        tf.disable_v2_behavior()
    return tf


def peak_memory() -> int:
    """The most memory that this process held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux counts the parent's memory before exec into ru_maxrss, but not into VmHWM.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Builds the workload and answers commands until stdin ends."""
    executor, workload = sys.argv[1:]
    # What an executor prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**values: object) -> None:
        print(json.dumps(values), file=answers, flush=True)

    tf = load(executor)
    run = WORKLOADS[workload].build(tf)
    answer(version=tf.__version__)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "run":
            start = time.perf_counter()
            loss = run(int(arguments[0]))
            answer(seconds=time.perf_counter() - start, loss=loss)
        elif command == "memory":
            answer(bytes=peak_memory())


if __name__ == "__main__":
    main()
