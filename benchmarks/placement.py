"""Measures what placement costs, and what simulated GPUs add to a step. No peer is needed.

Usage: python -m benchmarks.placement [--repeat N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from unittest import mock

from rich import box
from rich.console import Console
from rich.table import Table

import tfsession as tf
from benchmarks.__main__ import amount
from benchmarks.machine import describe
from benchmarks.workloads import WORKLOADS, Run
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.place import place
from tfsession.devices.lister import SimulatedLister, create_devices
from tfsession.run.placed_graph import PlacedGraph

#: The operations that are placed, and the bound on their placement in seconds.
OPERATIONS, PLACING_BOUND = 100_000, 2.0
#: The operations of a graph that grows by five a round, and the bound on placing them in seconds.
GROWN_OPERATIONS, GROWING_BOUND = 20_000, 0.002
#: The bound on the time of a step on a simulated GPU, in times of the CPU's.
SIMULATED_BOUND = 1.1
SIMULATED = ("mlp", "lenet", "lstm", "small_ops")
# A turn has as many steps as fit into this time.
TURN_SECONDS = 0.3


def chains(operations: int) -> None:
    """A graph of chains with constants, and of updates of one variable."""
    graph = tf.get_default_graph()
    while graph.version < 0.99 * operations:
        y = tf.placeholder(tf.float32, [None])
        for _ in range(20):
            y = tf.tanh(y * 0.5) + tf.sigmoid(y)
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    with graph.colocate_with(v.op):
        while graph.version < operations:
            tf.assign_add(v, 1.0)


def placing(repeat: int) -> float:
    """The median time to place the operations on two GPUs and a CPU, in seconds."""
    load_kernels()
    devices = create_devices(tf.ConfigProto(), SimulatedLister("2x8GiB"), {})
    times = []
    with tf.Graph().as_default() as graph:
        chains(OPERATIONS)
        operations = graph.get_operations()
        for _ in range(repeat):
            start = time.perf_counter()
            place(operations, devices)
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def growing() -> float:
    """The median time to place what a round of a loop adds to a large graph, in seconds."""
    devices = create_devices(tf.ConfigProto(), SimulatedLister("2x8GiB"), {})
    times = []
    with tf.Graph().as_default() as graph:
        chains(GROWN_OPERATIONS)
        placed = PlacedGraph(graph, devices, tf.ConfigProto())
        placed.place(())
        shared = graph.get_tensor_by_name("Placeholder:0")
        for _ in range(100):
            tf.tanh(shared * 0.5) + tf.sigmoid(shared)
            start = time.perf_counter()
            placed.place(())
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def built(name: str, gpus: str) -> Run:
    """A workload that runs on a simulated GPU, or on the CPU."""
    with mock.patch.dict(os.environ, {"TFSESSION_SIMULATED_GPUS": gpus}), tf.Graph().as_default():
        run = WORKLOADS[name].build(tf)
    run(WORKLOADS[name].warm_up)
    return run


def simulated(name: str, repeat: int) -> tuple[float, float]:
    """The median times of a step on the CPU and on a simulated GPU, in turns, in seconds."""
    runs = [built(name, gpus) for gpus in ("", "1x8GiB")]
    start = time.perf_counter()
    runs[0](3)
    steps = max(1, round(3 * TURN_SECONDS / (time.perf_counter() - start)))
    times: list[list[float]] = [[], []]
    for _ in range(repeat):
        for run, column in zip(runs, times, strict=True):
            start = time.perf_counter()
            run(steps)
            column.append((time.perf_counter() - start) / steps)
    cpu, gpu = (statistics.median(column) for column in times)
    return cpu, gpu


def main() -> int:
    """Prints a table; returns 1 where a bound is passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.placement", description=__doc__)
    parser.add_argument("--repeat", type=int, default=9, help="turns of each")
    options = parser.parse_args()
    console = Console()
    console.print(", ".join(f"{k} {v}" for k, v in describe().items()), highlight=False)
    table = Table("what", "measured", "to stay under", box=box.SIMPLE)
    seconds = placing(max(3, options.repeat // 3))
    has_passed = seconds > PLACING_BOUND
    table.add_row(f"placing {OPERATIONS:,} ops", amount(seconds, "s"), amount(PLACING_BOUND, "s"))
    seconds = growing()
    has_passed |= seconds > GROWING_BOUND
    what = f"placing 5 ops more in {GROWN_OPERATIONS:,}"
    table.add_row(what, amount(seconds, "s"), amount(GROWING_BOUND, "s"))
    for name in SIMULATED:
        cpu, gpu = simulated(name, options.repeat)
        has_passed |= gpu > SIMULATED_BOUND * cpu
        measured = f"{amount(gpu, 's')} / {amount(cpu, 's')} = {gpu / cpu:.3f}"
        table.add_row(f"{name}, simulated GPU / CPU", measured, str(SIMULATED_BOUND))
    console.print(table)
    return int(has_passed)


if __name__ == "__main__":
    sys.exit(main())
