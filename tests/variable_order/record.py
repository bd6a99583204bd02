"""Records what TensorFlow 1.15 makes of the programs, by running each many times.

Run it from the root of the tree, with a Python that has TensorFlow 1.15 installed::

    python -m tests.variable_order.record               # every program, about an hour
    python -m tests.variable_order.record swap ring     # those with these words in their name

`tests/golden/variable_order.json` then has, for each program, the distinct outcomes, most frequent
first, and how many runs of each way to run (`WAYS`) have given it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from tests.variable_order.outcome import built, outcome, same
from tests.variable_order.programs import PROGRAMS

GOLDEN = Path(__file__).parents[1] / "golden" / "variable_order.json"
# New sessions for each way to run, runs of the program in each of them, sessions of each graph, and
# the seconds after which a program is said never to end.
SESSIONS, RUNS, GRAPH, SECONDS = 12, 8, 3, 900


class Busy:
    """A session that computes something else in every run.

    Args:
      session: the session that runs.
      operations: what is fetched beside what is asked for.
    """

    def __init__(self, session: Any, operations: Any) -> None:
        self._session, self._operations = session, operations

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        return self._session.run([fetches, self._operations], feed_dict)[0]


def _is_reference(tensor: Any) -> bool:
    return bool(tensor.dtype._is_ref_dtype)


def _anywhere(operation: Any) -> str:
    """One of two CPU devices by chance, for what does not hold a reference."""
    if any(_is_reference(tensor) for tensor in [*operation.inputs, *operation.outputs]):
        return ""
    return random.choice(["/cpu:0", "/cpu:1"])


def _runs(name: str, config: Any, busy: bool = False, device: Any = None) -> Any:
    """Yields the outcomes of one program, built once for every `GRAPH` sessions."""
    for index in range(SESSIONS):
        if index % GRAPH == 0:
            graph = tf.Graph()
            with graph.as_default(), tf.device(device):
                program = built(tf, PROGRAMS[name])
                noise = [tf.random_uniform([size, size]) for size in ([2, 150] if busy else [])]
                products = [tf.matmul(x, x) for x in noise]
        with tf.Session(graph=graph, config=config) as session:
            for _ in range(RUNS):
                # `outcome` initialises once more: then what starts from another variable does, too.
                session.run(program[1])
                yield outcome(tf, Busy(session, products) if busy else session, program)


def _config(threads: int = 0, devices: int = 1) -> Any:
    return tf.ConfigProto(
        inter_op_parallelism_threads=threads,
        use_per_session_threads=True,
        device_count={"CPU": devices},
        allow_soft_placement=True,
        operation_timeout_in_ms=20_000,
    )


def _unoptimised() -> Any:
    config = _config()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    return config


# How programs are run, so that different orders come about.
WAYS = {
    "default": lambda name: _runs(name, _config()),
    "one thread": lambda name: _runs(name, _config(1)),
    "two threads": lambda name: _runs(name, _config(2)),
    "busy": lambda name: _runs(name, _config(2), busy=True),
    "two devices": lambda name: _runs(name, _config(devices=2), device=_anywhere),
    "unoptimised": lambda name: _runs(name, _unoptimised()),
}


def _add(found: list[Any], result: Any, way: str) -> None:
    """Counts a result with the equal one that was found before, or as a new one."""
    entry = next((entry for entry in found if same(entry["outcome"], result)), None)
    if entry is None:
        entry = {"outcome": result, "counts": {}}
        found.append(entry)
    entry["counts"][way] = entry["counts"].get(way, 0) + 1


def record(name: str) -> list[Any]:
    """Runs one program in every way, in this process."""
    random.seed(name)
    found: list[Any] = []
    for way, run in WAYS.items():
        for result in run(name):
            _add(found, result, way)
    return sorted(found, key=lambda entry: -sum(entry["counts"].values()))


def record_apart(name: str) -> list[Any]:
    """Runs one program in a process of its own, because it may never end."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=lambda: sender.send(record(name)))
    process.start()
    sender.close()
    found = receiver.recv() if receiver.poll(SECONDS) else [{"outcome": "never ends", "counts": {}}]
    process.kill()
    process.join()
    return found


def written(programs: dict[str, list[Any]]) -> str:
    """The file, with an outcome a line."""
    entries = []
    for name in sorted(programs):
        lines = ",\n".join("    " + json.dumps(entry) for entry in programs[name])
        entries.append(f'  "{name}": [\n{lines}\n  ]')
    head = (
        f'{{\n "tensorflow": "1.15.5",\n "sessions": {SESSIONS}, "runs": {RUNS},\n "programs": {{\n'
    )
    return head + ",\n".join(entries) + "\n }\n}\n"


def main(words: list[str]) -> None:
    """Records the programs whose names contain one of the words, or all."""
    assert tf.__version__ == "1.15.5", tf.__version__
    tf.logging.set_verbosity(tf.logging.ERROR)
    kept = json.loads(GOLDEN.read_text())["programs"] if words and GOLDEN.exists() else {}
    programs = {name: kept[name] for name in kept if name in PROGRAMS}
    for name in PROGRAMS:
        if not words or any(word in name for word in words):
            programs[name] = record_apart(name)
            sys.stdout.write(f"{name} {len(programs[name])}\n")
            sys.stdout.flush()
            GOLDEN.write_text(written(programs))


if __name__ == "__main__":
    main(sys.argv[1:])
