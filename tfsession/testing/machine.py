"""What tests ask of the machine, and benchmarks."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import numpy as np

from tfsession.python.local_devices import list_local_devices
from tfsession.run.session import BaseSession


def gpu_device_name() -> str:
    """The name of the first GPU, such as `/device:GPU:0`; empty without one.

    Source: TensorFlow 1.15 `tf.test.gpu_device_name`.
    """
    names = [d.name for d in list_local_devices() if d.device_type == "GPU"]
    return names[0] if names else ""


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """Whether there is a GPU that programs could use.

    Args:
      cuda_only: count CUDA devices only; there are no others here.
      min_cuda_compute_capability: (major, minor) that one must have.

    Source: TensorFlow 1.15 `tf.test.is_gpu_available`.
    """
    for device in list_local_devices():
        if device.device_type != "GPU":
            continue
        if min_cuda_compute_capability is None:
            return True
        found = re.search(r"compute capability: (\d+)\.(\d+)", device.physical_device_desc)
        if found and (int(found[1]), int(found[2])) >= tuple(min_cuda_compute_capability):
            return True
    return False


def is_built_with_cuda() -> bool:
    """True: programs run on CUDA devices where there are any.

    Source: TensorFlow 1.15 `tf.test.is_built_with_cuda`.
    """
    return True


def is_built_with_gpu_support() -> bool:
    """True: programs run on GPUs where there are any."""
    return True


def is_built_with_rocm() -> bool:
    """False: GPUs are NVIDIA's here."""
    return False


def is_built_with_xla() -> bool:
    """False: there is no XLA here."""
    return False


class Benchmark:
    """What benchmarks of TensorFlow derive from; `run_op_benchmark` times a run."""

    def report_benchmark(self, **fields: Any) -> None:
        """Prints a measurement: its `name`, `iters`, `wall_time` in seconds, `extras`."""
        given = [f"{key}: {value}" for key, value in fields.items() if value is not None]
        sys.stdout.write(f"{' '.join(given)}\n")

    def run_op_benchmark(
        self,
        sess: BaseSession,
        op_or_tensor: Any,
        feed_dict: Any = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: Any = None,
        mbs: float = 0,
    ) -> dict[str, Any]:
        """Runs something a number of times, and reports the median time of a run, in seconds."""
        for _ in range(burn_iters):
            sess.run(op_or_tensor, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            start = time.perf_counter()
            sess.run(op_or_tensor, feed_dict=feed_dict)
            times.append(time.perf_counter() - start)
        median = float(np.median(times))
        extras = {**(extras or {}), **({"throughput": mbs / median} if mbs else {})}
        result = {"iters": min_iters, "wall_time": median, "extras": extras, "name": name}
        self.report_benchmark(**result)
        return result
