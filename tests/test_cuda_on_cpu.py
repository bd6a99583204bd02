"""The emulated GPUs themselves: what they find, and what they leave alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif("cuda_on_cpu" not in sys.modules, reason="needs emulated GPUs"),
]

START = """
import cuda_on_cpu, cupy
from cupy.cuda import Event, Stream, runtime

one, two = Stream(non_blocking=True), Stream(non_blocking=True)
x = cupy.zeros(1000, "f")
cupy.cuda.Device().synchronize()

def on(stream):
    with stream:
        cupy.add(x, 1, out=x)

def then(first, second):
    event = Event()
    event.record(first)
    second.wait_event(event)
"""
END = '\nprint(cuda_on_cpu.counters()["faults"])\n'


def faults_of(program: str) -> tuple[int, str]:
    """The number of faults in a process of its own, and what it says of them."""
    command = [sys.executable, "-c", START + program + END]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(result.stdout.split()[-1]), result.stderr


@pytest.mark.parametrize(
    "program",
    [
        "on(one); on(one)",
        "on(one); then(one, two); on(two)",
        "on(one); one.synchronize(); on(two)",
        "on(one); cupy.cuda.Device().synchronize(); on(two)",
        "on(one); then(one, two); then(two, Stream.null); on(Stream.null)",
        "on(one); third = Stream(non_blocking=True); then(one, third); then(third, two); on(two)",
        "on(one); one.synchronize(); x.get(two); on(one)",
    ],
)
def test_work_in_an_order_is_no_fault(program: str) -> None:
    assert faults_of(program) == (0, "")


@pytest.mark.parametrize(
    "program",
    [
        "on(one); on(two)",
        "then(one, two); on(one); on(two)",
        "on(one); then(two, one); on(two)",
        "on(one); runtime.memsetAsync(x.data.ptr, 0, 4, two.ptr)",
        "on(one); host = cupy.cuda.alloc_pinned_memory(4000)\n"
        "runtime.memcpyAsync(host.ptr, x.data.ptr, 4000, runtime.memcpyDeviceToHost, two.ptr)",
    ],
)
def test_one_address_on_two_streams_without_an_order_is_a_fault(program: str) -> None:
    count, text = faults_of(program)
    assert count == 1
    assert "is used on stream" in text


def test_writing_past_the_end_is_a_fault() -> None:
    count, text = faults_of(
        'kernel = cupy.RawKernel(\'extern "C" __global__ void f(char* p) { p[16] = 1; }\', "f")\n'
        "p = runtime.malloc(16); kernel((1,), (1,), (cupy.uint64(p),)); runtime.free(p)"
    )
    assert count == 1
    assert "wrote past the end" in text


def test_a_stream_of_another_device_is_a_fault() -> None:
    count, text = faults_of(
        'kernel = cupy.RawKernel(\'extern "C" __global__ void f() {}\', "f")\n'
        "cupy.cuda.Device(1).use()\n"
        "try: kernel((1,), (1,), (), stream=one)\n"
        "except Exception: pass"
    )
    assert count == 1
    assert "the stream is of device 0" in text


@pytest.mark.parametrize(
    "forbidden", ["one.synchronize()", "runtime.deviceSynchronize()", "ready.done"]
)
def test_what_may_not_happen_in_a_capture_breaks_it(forbidden: str) -> None:
    program = (
        "on(one); ready = Event(); one.begin_capture(); on(one); ready.record(one)\n"
        f"try: {forbidden}\nexcept Exception: pass\n"
        "try: one.end_capture(); print('whole')\nexcept Exception: print('broken')\n"
    )
    command = [sys.executable, "-c", START + program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["broken"]


def test_a_captured_step_is_replayed() -> None:
    program = (
        "one.synchronize(); on(one); one.begin_capture(); on(one); graph = one.end_capture()\n"
        "for _ in range(3): graph.launch(one)\n"
        "print(x.get(one)[0])"
    )
    command = [sys.executable, "-c", START + program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["4.0"]


@pytest.mark.parametrize("shape", [(1,), (8,), (3, 7), (2, 6, 5), (4, 3, 2, 9)])
@pytest.mark.parametrize("name", ["complex64", "complex128"])
def test_transforms_are_numpys(real_cupy, shape: tuple[int, ...], name: str) -> None:
    rng = np.random.default_rng(0)
    x = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(name)
    limit = 1e-4 if name == "complex64" else 1e-12
    for axes in {(-1,), tuple(range(-min(len(shape), 3), 0))}:
        for function in ("fftn", "ifftn"):
            found = getattr(real_cupy.fft, function)(real_cupy.asarray(x), axes=axes).get()
            np.testing.assert_allclose(found, getattr(np.fft, function)(x, axes=axes), limit, limit)
        real = real_cupy.asarray(x.real)
        found = real_cupy.fft.rfftn(real, axes=axes).get()
        np.testing.assert_allclose(found, np.fft.rfftn(x.real, axes=axes), limit, limit)
        back = real_cupy.fft.irfftn(real_cupy.asarray(found), x.shape[-len(axes) :], axes).get()
        np.testing.assert_allclose(back, x.real, limit, limit)
