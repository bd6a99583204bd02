"""Measures tfsession, and TensorFlow beside it, and prints a table of ratios.

    python -m benchmarks --peer /path/to/python-with-tensorflow

Both run in processes of their own that work in turn, so that a change in the machine's mood meets
both; times are medians over the turns.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.machine import describe
from benchmarks.worker import MODULES
from benchmarks.workloads import THREADS, WORKLOADS, Workload

ROOT = Path(__file__).resolve().parent.parent
OURS, THEIRS = "tfsession", "tensorflow"
IMPORT_TARGET = "1/6"
THROUGHPUT_TARGET = 0.8
# A turn has as many steps as fit into this time.
TURN_SECONDS = 0.3
# Workloads of long turns get fewer of them.
LONG_TURN_SECONDS, LONG_TURN_REPEAT = 5.0, 3

IMPORT_PROGRAM = """
import os, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
      name: the workload.
      what: what is measured, in words.
      unit: "s" or "B" (bytes).
      ours: tfsession's median.
      theirs: TensorFlow's median; None without a peer.
      target: the ratio to stay under.
      difference: relative difference of the losses; None where there is none to compare.
    """

    name: str
    what: str
    unit: str
    ours: float
    theirs: float | None
    target: str | None
    difference: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        return None if self.theirs is None else self.ours / self.theirs


class WorkerError(RuntimeError):
    """A worker ended; the text is the end of what it wrote to stderr."""


class Worker:
    """One executor in a process that waits for commands, see benchmarks/worker.py."""

    def __init__(self, python: str, executor: str, workload: str) -> None:
        """Starts the process and waits until it has built the workload."""
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", executor, workload],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.version = self.answer()["version"]
        self.steps = 1

    def __enter__(self) -> Worker:
        """Returns the worker."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Ends the process."""
        self.process.communicate()
        self.log.close()

    def answer(self) -> dict[str, Any]:
        """The next answer of the process.

        Raises:
          WorkerError: the process ended instead.
        """
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise WorkerError("\n".join(self.log.read().splitlines()[-8:]))
        return json.loads(line)

    def ask(self, command: str) -> dict[str, Any]:
        """The answer to a command."""
        try:
            self.process.stdin.write(f"{command}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer()

    def warm_up(self, steps: int) -> float:
        """Runs the first steps, chooses how many fill a turn, and returns the loss."""
        answer = self.ask(f"run {steps}")
        loss, once = answer["loss"], answer["seconds"] / steps
        if once < TURN_SECONDS:
            once = self.ask("run 1")["seconds"]
        while once * self.steps < TURN_SECONDS / 3 and self.steps < 1 << 20:
            self.steps *= 4
            once = self.ask(f"run {self.steps}")["seconds"] / self.steps
        self.steps = max(1, math.ceil(TURN_SECONDS / once))
        return loss

    def turn(self) -> float:
        """The time of a step over one turn, in seconds."""
        return self.ask(f"run {self.steps}")["seconds"] / self.steps

    def memory(self) -> float:
        """The most memory that the process held, in bytes."""
        return self.ask("memory")["bytes"]


def measure(name: str, workload: Workload, pythons: dict[str, str], repeat: int) -> list[Row]:
    """The rows of one workload."""
    workers = []
    try:
        for executor, python in pythons.items():
            workers.append(Worker(python, executor, name))
        losses = [worker.warm_up(workload.warm_up) for worker in workers]
        turns = [[worker.turn() for worker in workers]]
        if max(turns[0]) > LONG_TURN_SECONDS:
            repeat = min(repeat, LONG_TURN_REPEAT)
        turns += [[worker.turn() for worker in workers] for _ in range(repeat - 1)]
        memory = [worker.memory() for worker in workers]
    finally:
        for worker in workers:
            worker.__exit__()
    times = [statistics.median(column) for column in zip(*turns, strict=True)]
    difference = None
    if len(losses) == 2:
        difference = abs(losses[0] - losses[1]) / max(abs(losses[1]), 1e-30)
    rows = [
        Row(name, workload.what, "s", times[0], second(times), workload.target, difference),
    ]
    if workload.memory_target is not None:
        what = "peak memory of the process"
        target = workload.memory_target
        rows.append(Row(f"{name} memory", what, "B", memory[0], second(memory), target))
    return rows


def second(values: list[float]) -> float | None:
    """The peer's value, where there is a peer."""
    return values[1] if len(values) > 1 else None


def measure_import(pythons: dict[str, str], repeat: int) -> list[Row]:
    """The row of the import, in a fresh process each time; the first ones fill the caches."""

    def seconds(executor: str, python: str) -> float:
        program = IMPORT_PROGRAM.format(module=MODULES[executor])
        result = subprocess.run(
            [python, "-c", program],
            cwd=ROOT,
            # A setting of this shell must not make either side compile its modules every time.
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise WorkerError("\n".join(result.stderr.splitlines()[-8:]))
        return float(result.stdout.split()[-1])

    turns = [[seconds(*item) for item in pythons.items()] for _ in range(repeat + 1)][1:]
    times = [statistics.median(column) for column in zip(*turns, strict=True)]
    return [Row("import", "in a fresh process", "s", times[0], second(times), IMPORT_TARGET)]


def versions(pythons: dict[str, str]) -> dict[str, str]:
    """The version of each executor."""
    found = {}
    for executor, python in pythons.items():
        program = f"import {MODULES[executor]} as tf; print(tf.__version__)"
        result = subprocess.run(
            [python, "-c", program],
            cwd=ROOT,
            # A setting of this shell must not make either side compile its modules every time.
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            capture_output=True,
            text=True,
            check=False,
        )
        found[executor] = result.stdout.strip() or "unknown"
    return found


def throughput_of_threads(rows: list[Row]) -> float | None:
    """Runs a second of 32 threads together over those of one thread; None where not measured.

    A step of the workload `threads` is a run by each thread, of the program of `run_overhead`.
    """
    ours = {row.name: row.ours for row in rows}
    if not {"run_overhead", "threads"} <= ours.keys():
        return None
    return THREADS * ours["run_overhead"] / ours["threads"]


# ---- The table ----


def amount(value: float, unit: str) -> str:
    """A number of seconds or bytes for people."""
    if unit == "B":
        return f"{value / (1 << 20):.0f} MiB"
    for size, name in ((1.0, "s"), (1e-3, "ms")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value / 1e-6:.3g} µs"


def table(rows: list[Row]) -> Table:
    """The rows as a table; a ratio is green where it meets its target."""
    with_peer = any(row.theirs is not None for row in rows)
    result = Table("workload", box=box.SIMPLE)
    headings = (OURS, "TensorFlow", "ratio", "target", "difference") if with_peer else (OURS,)
    for heading in headings:
        result.add_column(heading, justify="right")
    if not with_peer:
        result.add_column("")
    for row in rows:
        cells = comparison(row) if with_peer else [row.what]
        result.add_row(row.name, amount(row.ours, row.unit), *cells)
    return result


def comparison(row: Row) -> list[str]:
    """The cells of a row that are about the peer."""
    colour = "default"
    if row.target is not None:
        colour = "green" if row.ratio <= Fraction(row.target) else "red"
    return [
        amount(row.theirs, row.unit),
        f"[{colour}]{row.ratio:.3f}[/]",
        f"≤ {row.target}" if row.target else "",
        "" if row.difference is None else f"{row.difference:.1e}",
    ]


def parse_options() -> argparse.Namespace:
    """The command line."""
    names = ["import", *WORKLOADS]
    lines = [f"  {name:<14}{workload.what}" for name, workload in WORKLOADS.items()]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="\n".join(["workloads:", f"  {'import':<14}in a fresh process", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--peer", help="a Python that has TensorFlow; without it no ratios")
    parser.add_argument("--only", action="append", choices=names, help="may be given repeatedly")
    parser.add_argument("--repeat", type=int, default=7, help="turns of each executor")
    parser.add_argument("--output", type=Path, help="a JSON file to write")
    return parser.parse_args()


def main() -> int:
    """Measures what was asked for; returns 1 if a workload failed."""
    options = parse_options()
    console = Console()
    pythons = {OURS: sys.executable}
    if options.peer:
        pythons[THEIRS] = options.peer
    machine = describe() | versions(pythons)
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), highlight=False)
    rows, failures = [], []
    with Progress(console=console, transient=True) as progress:
        for name in progress.track(options.only or ["import", *WORKLOADS], description="measuring"):
            try:
                if name == "import":
                    rows += measure_import(pythons, options.repeat)
                else:
                    rows += measure(name, WORKLOADS[name], pythons, options.repeat)
            except WorkerError as error:
                failures.append(name)
                console.print(f"{name} failed:\n{error}", markup=False, highlight=False)
    if rows:
        console.print(table(rows))
        if options.peer:
            console.print("difference: of the losses after the same steps, relative")
    throughput = throughput_of_threads(rows)
    if throughput is not None:
        console.print(
            f"{THREADS} threads together run {throughput:.2f} of what one thread runs"
            f" (to reach: {THROUGHPUT_TARGET})",
            highlight=False,
        )
    if options.output:
        document = {
            "machine": machine,
            "repeat": options.repeat,
            "throughput_of_threads": throughput,
            "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
            "failed": failures,
        }
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(document, indent=2) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
