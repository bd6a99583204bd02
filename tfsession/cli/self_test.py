"""`tfsession doctor --self-test`: what this machine's GPUs compute, against the CPU, in a minute.

Each check is one line, and none stops the others, so that a user can tell what a card does that
nobody here has.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape

from tfsession.devices.capture import CapturedStep
from tfsession.devices.lister import create_devices

#: What two devices may differ by, relative to the largest number.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Outcome:
    """What came of one check.

    Attributes:
      name: of the check.
      failure: what went wrong; empty where nothing did.
      seconds: how long it took, compiling included.
    """

    name: str
    failure: str
    seconds: float


# ---- The same graph on both devices ----


def _numbers(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)


def _values(tf: Any, device: str, build: Callable[[Any], Any], steps: int = 0) -> list[Any]:
    """What is fetched from a graph on one device.

    Args:
      tf: tfsession.
      device: of all operations.
      build: returns the tensor, or the training operation and the tensors that are fetched.
      steps: how often the training operation runs before.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        with tf.device(device):
            built = build(tf)
        train, fetches = built if steps else (None, [built])
        with tf.Session(graph=graph) as session:
            session.run(tf.global_variables_initializer())
            for _ in range(steps):
                session.run(train)
            found: list[Any] = session.run(fetches)
            return found


def _compare(tf: Any, device: str, build: Callable[[Any], Any], steps: int = 0) -> str:
    """Where a graph gives something else on a device than on the CPU; empty where it does not."""
    found, wanted = (_values(tf, place, build, steps) for place in (device, "/CPU:0"))
    for one, other in zip(found, wanted, strict=True):
        size = float(np.abs(other).max(initial=1e-30))
        difference = float(np.abs(np.asarray(one, np.float64) - other).max(initial=0)) / size
        if not difference <= TOLERANCE:
            return f"differs from the CPU by {difference:.1e} of the largest number"
    return ""


def _fed(tf: Any, *shape: int) -> Any:
    """Numbers that are no constant, which would be computed on the host beforehand."""
    return tf.Variable(_numbers(*shape))


def _mlp(tf: Any) -> tuple[Any, list[Any]]:
    x, labels = tf.constant(_numbers(32, 20)), tf.constant(np.arange(32) % 5)
    hidden = tf.nn.relu(tf.matmul(x, _fed(tf, 20, 64)) + _fed(tf, 64))
    logits = tf.matmul(hidden, _fed(tf, 64, 5))
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    return tf.train.AdamOptimizer(0.01).minimize(loss), [loss, *tf.trainable_variables()]


#: One op of each source of CUDA, and of each library; with the training steps before.
GRAPHS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "element-wise kernels": (lambda tf: tf.tanh(_fed(tf, 1000)) * 2.0 + 1.0, 0),
    "sums": (lambda tf: tf.reduce_sum(_fed(tf, 1000, 33), 0), 0),
    "products (cuBLAS)": (lambda tf: tf.matmul(_fed(tf, 65, 33), _fed(tf, 33, 17)), 0),
    "convolutions (patches.cu)": (
        lambda tf: tf.nn.conv2d(_fed(tf, 2, 9, 9, 3), _fed(tf, 5, 5, 3, 4), [1, 2, 2, 1], "SAME"),
        0,
    ),
    "pooling (pooling.cu)": (
        lambda tf: tf.nn.max_pool(_fed(tf, 2, 8, 8, 3), [1, 3, 3, 1], [1, 2, 2, 1], "SAME"),
        0,
    ),
    "random numbers (random.cu)": (lambda tf: tf.random_uniform([1000], seed=2), 0),
    "softmax (rows.cu)": (lambda tf: tf.nn.softmax(_fed(tf, 50, 300)), 0),
    "sums at indices (rows_by_index.cu)": (
        lambda tf: tf.unsorted_segment_sum(_fed(tf, 90, 5), np.arange(90) % 7, 7),
        0,
    ),
    "equations (cuSOLVER)": (
        lambda tf: tf.matrix_solve(_fed(tf, 9, 9) + 9 * tf.eye(9), _fed(tf, 9, 2)),
        0,
    ),
    "Fourier transforms (cuFFT)": (lambda tf: tf.abs(tf.spectral.rfft(_fed(tf, 4, 30))), 0),
    "sorting (Thrust)": (lambda tf: tf.nn.top_k(_fed(tf, 3, 200), 20).values, 0),
    "ten training steps with Adam": (_mlp, 10),
}


# ---- What has no counterpart on the CPU ----


@contextmanager
def _open(tf: Any, name: str) -> Iterator[Any]:
    """The device of a name, open for a while."""
    opened = create_devices(tf.ConfigProto())
    try:
        yield next(device for device in opened if device.name.endswith(name))
    finally:
        for device in opened:
            device.close()


def _memory_comes_back(tf: Any, device: str) -> str:
    from cupy.cuda import Device, runtime

    with _open(tf, device) as gpu:
        ordinal = gpu.ordinal

    def free() -> int:
        gc.collect()
        with Device(ordinal):
            return int(runtime.memGetInfo()[0])

    before = free()
    _values(tf, device, lambda tf: tf.reduce_sum(_fed(tf, 4 << 20)))
    lost = before - free()
    return f"{lost} bytes did not come back to the driver" if lost > 1 << 20 else ""


def _captured(tf: Any, device: str) -> str:
    with _open(tf, device) as gpu:
        step = CapturedStep(gpu, lambda x: [x * 2 + 1])
        feed = gpu.copy_in(_numbers(100))
        try:
            results = [gpu.copy_out(step(feed)[0]) for _ in range(5)]
        finally:
            step.close()
    if step.reason:
        return f"was not captured: {step.reason}"
    is_right = all(np.allclose(result, _numbers(100) * 2 + 1) for result in results)
    return "" if is_right else "the replay gave other numbers"


def _between(tf: Any, device: str, other: str) -> str:
    def build(tf: Any) -> Any:
        with tf.device(other):
            there = _fed(tf, 1000, 10) * 2.0
        return there + 1.0

    (found,) = _values(tf, device, build)
    is_right = np.allclose(found, _numbers(1000, 10) * 2 + 1)
    return "" if is_right else "what was copied has other numbers"


# ---- All of them ----


def checks(tf: Any, gpus: list[str]) -> list[tuple[str, Callable[[], str]]]:
    """The checks for some GPUs, such as ``/device:GPU:0``: a name, and what says what is wrong."""
    found: list[tuple[str, Callable[[], str]]] = []
    for gpu in gpus:
        short = gpu.removeprefix("/device:")
        for name, (build, steps) in GRAPHS.items():
            found.append((f"{short}: {name}", partial(_compare, tf, gpu, build, steps)))
        found.append((f"{short}: memory", partial(_memory_comes_back, tf, gpu)))
        found.append((f"{short}: a captured step", partial(_captured, tf, gpu)))
    for one, other in zip(gpus, [*gpus[1:], *gpus[:1]], strict=True):
        if one != other:
            name = f"{other.removeprefix('/device:')} to {one.removeprefix('/device:')}"
            found.append((name, partial(_between, tf, one, other)))
    return found


def outcome(name: str, check: Callable[[], str]) -> Outcome:
    """Runs one check; whatever it raises is its failure."""
    start = time.perf_counter()
    try:
        failure = check()
    except Exception as error:
        failure = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return Outcome(name, failure, time.perf_counter() - start)


def show_self_test(console: Console) -> int:
    """Runs all checks and prints a line for each; the exit code is 1 where one fails."""
    import tfsession as tf

    with tf.Session(graph=tf.Graph()) as session:
        count = sum(device.device_type == "GPU" for device in session.list_devices())
    gpus = [f"/device:GPU:{number}" for number in range(count)]
    if not gpus:
        console.print("No GPU is visible: there is nothing to test. See tfsession devices.")
        return 1
    failed = 0
    for name, check in checks(tf, gpus):
        found = outcome(name, check)
        failed += bool(found.failure)
        mark = "[red]failed[/]" if found.failure else "[green]ok[/]    "
        line = f"{mark} {found.seconds:5.1f} s  {escape(name)}"
        if found.failure:
            line += f": {escape(found.failure)}"
        console.print(line, highlight=False, soft_wrap=True)
    return int(failed > 0)
