"""Measures the training workloads on one GPU: tfsession, and PyTorch where it is installed.

    python -m benchmarks.gpu --output benchmarks/results/h200.json

Both take their turns in this process. A step ends with the loss on the host.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import tfsession as tf
from benchmarks.machine import describe
from benchmarks.workloads import LSTM_BATCH, LSTM_STEPS, LSTM_WIDTH, WORKLOADS, Run

NAMES = ("mlp", "lenet", "lstm")
WARM_UP_STEPS = 20
TURN_STEPS = 100


# ---- PyTorch ----


def torch_mlp(torch: Any) -> Run:
    """The workload `mlp`."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    ).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return torch_classifier(torch, model, optimizer, (128, 784))


def torch_lenet(torch: Any) -> Run:
    """The workload `lenet`."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 512),
        nn.ReLU(),
        nn.Linear(512, 10),
    ).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return torch_classifier(torch, model, optimizer, (64, 1, 28, 28))


def torch_lstm(torch: Any) -> Run:
    """The workload `lstm`, written out as there."""
    kernel = torch.randn(2 * LSTM_WIDTH, 4 * LSTM_WIDTH, device="cuda") / LSTM_WIDTH**0.5
    kernel.requires_grad_()
    bias = torch.zeros(4 * LSTM_WIDTH, device="cuda", requires_grad=True)
    optimizer = torch.optim.SGD([kernel, bias], lr=0.1)
    random = np.random.RandomState(0)
    shape = (LSTM_STEPS, LSTM_BATCH, LSTM_WIDTH)
    sequence = torch.from_numpy(random.standard_normal(shape).astype(np.float32))
    wanted = torch.from_numpy(random.uniform(-0.5, 0.5, shape[1:]).astype(np.float32))

    def loss() -> Any:
        h = c = torch.zeros(LSTM_BATCH, LSTM_WIDTH, device="cuda")
        for x in sequence.cuda():
            i, j, f, o = (torch.cat([x, h], 1) @ kernel + bias).chunk(4, 1)
            c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(j)
            h = torch.sigmoid(o) * torch.tanh(c)
        return torch.mean((h - wanted.cuda()) ** 2)

    return torch_training(optimizer, loss)


def torch_classifier(torch: Any, model: Any, optimizer: Any, shape: tuple[int, ...]) -> Run:
    """Trains on one batch of noise, which is copied to the GPU in every step as a feed is."""
    random = np.random.RandomState(0)
    images = torch.from_numpy(random.standard_normal(shape).astype(np.float32))
    labels = torch.from_numpy(random.randint(10, size=shape[0]))

    def loss() -> Any:
        return torch.nn.functional.cross_entropy(model(images.cuda()), labels.cuda())

    return torch_training(optimizer, loss)


def torch_training(optimizer: Any, loss: Callable[[], Any]) -> Run:
    """Training steps that fetch the loss."""

    def run(steps: int) -> float:
        for _ in range(steps):
            optimizer.zero_grad()
            value = loss()
            value.backward()
            optimizer.step()
            result = value.item()
        return float(result)

    return run


TORCH = {"mlp": torch_mlp, "lenet": torch_lenet, "lstm": torch_lstm}


# ---- Measuring ----


def import_torch() -> Any | None:
    """PyTorch with a GPU, or None."""
    try:
        import torch
    except ImportError:
        return None
    # Both multiply float32 in full precision.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch if torch.cuda.is_available() else None


def gpu_description() -> str:
    """The first GPU that tfsession sees, or "" where there is none."""
    with tf.Session(graph=tf.Graph()) as session:
        kinds = [device.device_type for device in session.list_devices()]
    if "GPU" not in kinds:
        return ""
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(0)
    runtime = cupy.cuda.runtime.runtimeGetVersion()
    return f"{properties['name'].decode()}, CUDA {runtime}, CuPy {cupy.__version__}"


def measure(programs: dict[str, Run], repeat: int) -> dict[str, float]:
    """The median time of a step of each program in seconds; they run in turn."""
    for run in programs.values():
        run(WARM_UP_STEPS)
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(repeat):
        for name, run in programs.items():
            start = time.perf_counter()
            run(TURN_STEPS)
            times[name].append((time.perf_counter() - start) / TURN_STEPS)
    return {name: statistics.median(column) for name, column in times.items()}


def main() -> int:
    """Measures and prints; returns 1 without a GPU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES)
    parser.add_argument("--repeat", type=int, default=7, help="turns of each executor")
    parser.add_argument("--output", type=Path, help="a JSON file to write")
    options = parser.parse_args()
    console = Console()
    gpu = gpu_description()
    if not gpu:
        console.print("benchmarks.gpu: no GPU here that tfsession can use")
        return 1
    torch = import_torch()
    machine = describe() | {"gpu": gpu, "torch": torch.__version__ if torch else "none"}
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), highlight=False)
    table = Table("workload", "tfsession", "PyTorch", "ratio")
    rows = []
    for name in options.only or NAMES:
        with tf.Graph().as_default():
            programs = {"tfsession": WORKLOADS[name].build(tf)}
        if torch:
            programs["torch"] = TORCH[name](torch)
        seconds = measure(programs, options.repeat)
        cells = [f"{value * 1e3:.3f} ms" for value in seconds.values()]
        if torch:
            cells.append(f"{seconds['tfsession'] / seconds['torch']:.3f}")
        table.add_row(name, *cells)
        rows.append({"name": name} | seconds)
    console.print(table)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
