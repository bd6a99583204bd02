"""Capture of a step, on a recorder that replays Python calls."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tfsession.devices.capture import CapturedStep


class FakeRecorder:
    """Records by keeping what kernels are asked for; a kernel is a function without arguments."""

    def __init__(self) -> None:
        self.active = 0
        self.recording: list[Callable[[], None]] | None = None
        self.growth = [0]
        self.begun = 0
        self.abandoned = 0
        self.closed = 0
        self.collector_was_on: list[bool] = []
        self.fail_at_end = False

    @contextmanager
    def activate(self) -> Iterator[None]:
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1

    def launch_kernel(self, kernel: Callable[[], None]) -> None:
        if self.recording is None:
            kernel()
        else:
            self.collector_was_on.append(gc.isenabled())
            self.recording.append(kernel)

    def buffer_like(self, array: Any) -> Any:
        return np.empty_like(array)

    def fill(self, buffer: Any, array: Any) -> None:
        buffer[...] = array

    def begin(self) -> None:
        self.begun += 1
        self.recording = []

    def end(self) -> Callable[[], None]:
        recorded, self.recording = self.recording, None
        if self.fail_at_end:
            raise RuntimeError("cudaErrorStreamCaptureInvalidated")
        assert recorded is not None

        def launch() -> None:
            for kernel in recorded:
                kernel()

        return launch

    def abandon(self) -> None:
        self.abandoned += 1
        self.recording = None

    def grew(self) -> bool:
        return bool(self.growth.pop(0)) if len(self.growth) > 1 else bool(self.growth[0])

    def close(self) -> None:
        self.closed += 1


class FakeDevice:
    """A device with one recorder."""

    def __init__(self) -> None:
        self.made = FakeRecorder()
        self.eager = 0

    @contextmanager
    def activate(self) -> Iterator[None]:
        self.eager += 1
        yield

    def recorder(self) -> FakeRecorder:
        return self.made


class Training:
    """A step with a variable: adds the feed to it and returns twice its value."""

    def __init__(self, device: FakeDevice) -> None:
        self.device = device
        self.variable = np.zeros(2)
        self.bodies = 0
        self.fail_in_capture: Exception | None = None

    def __call__(self, feed: Any) -> Sequence[Any]:
        self.bodies += 1
        recorder = self.device.made
        if self.fail_in_capture is not None and recorder.recording is not None:
            raise self.fail_in_capture
        out = np.empty(feed.shape)
        recorder.launch_kernel(lambda: np.add(self.variable, feed, out=self.variable))
        recorder.launch_kernel(lambda: np.multiply(self.variable, 2, out=out))
        return [out]


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def training(device: FakeDevice) -> Training:
    return Training(device)


def run(step: CapturedStep, runs: int) -> list[float]:
    """Feeds 1, 2, 3 ... and returns the first number of each fetch."""
    return [float(step(np.full(2, float(number)))[0][0]) for number in range(1, runs + 1)]


EXPECTED = [2.0, 6.0, 12.0, 20.0, 30.0, 42.0]


def test_every_call_executes_once_and_later_ones_replay(
    device: FakeDevice, training: Training
) -> None:
    step = CapturedStep(device, training)
    assert run(step, 6) == EXPECTED
    assert step.captured
    assert (training.bodies, device.made.begun, device.eager) == (3, 1, 0)
    assert device.made.active == 0


def test_the_collector_sleeps_during_capture_only(device: FakeDevice, training: Training) -> None:
    assert gc.isenabled()
    run(CapturedStep(device, training), 3)
    assert device.made.collector_was_on == [False, False]
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(device: FakeDevice, training: Training) -> None:
    gc.disable()
    try:
        run(CapturedStep(device, training), 3)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_failure_in_capture_makes_the_step_eager_for_good(
    device: FakeDevice, training: Training
) -> None:
    training.fail_in_capture = NotImplementedError("library call during capture")
    step = CapturedStep(device, training)
    assert run(step, 6) == EXPECTED
    assert step.eager
    assert not step.captured
    assert step.reason == "NotImplementedError: library call during capture"
    assert (device.made.begun, device.made.abandoned, device.made.closed) == (1, 1, 1)
    assert gc.isenabled()


def test_a_capture_that_ends_broken_makes_the_step_eager(
    device: FakeDevice, training: Training
) -> None:
    device.made.fail_at_end = True
    step = CapturedStep(device, training)
    assert run(step, 6) == EXPECTED
    assert "Invalidated" in step.reason


def test_a_capture_that_grew_the_pool_is_repeated(device: FakeDevice, training: Training) -> None:
    device.made.growth = [1, 0]
    step = CapturedStep(device, training)
    assert run(step, 6) == EXPECTED
    assert step.captured
    assert device.made.begun == 2


def test_a_step_that_always_grows_runs_eagerly(device: FakeDevice, training: Training) -> None:
    device.made.growth = [1]
    step = CapturedStep(device, training)
    assert run(step, 6) == EXPECTED
    assert step.reason == "the step allocates differently from run to run"


def test_an_interrupt_in_capture_is_not_swallowed(device: FakeDevice, training: Training) -> None:
    step = CapturedStep(device, training)
    run(step, 2)
    training.fail_in_capture = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        step(np.ones(2))
    assert (device.made.abandoned, device.made.active) == (1, 0)


def test_other_shapes_run_eagerly_and_do_no_harm(device: FakeDevice, training: Training) -> None:
    step = CapturedStep(device, training)
    run(step, 3)
    assert float(step(np.ones(2, np.float32))[0][0]) == 14.0
    assert (device.eager, step.captured) == (1, True)
    with pytest.raises(ValueError, match="broadcast"):
        step(np.ones(3))
    assert float(step(np.ones(2))[0][0]) == 16.0
    assert device.eager == 2


def test_out_of_memory_while_warming_up_leaves_capture_for_good(device: FakeDevice) -> None:
    calls = []

    def body(feed: Any) -> Sequence[Any]:
        calls.append(feed)
        if len(calls) == 1:
            raise MemoryError
        return [feed]

    step = CapturedStep(device, body)
    with pytest.raises(MemoryError):
        step(np.ones(2))
    assert step(np.ones(2))[0][0] == 1
    assert device.eager == 1


def test_a_step_without_feeds(device: FakeDevice) -> None:
    state = np.zeros(1)

    def body() -> Sequence[Any]:
        device.made.launch_kernel(lambda: np.add(state, 1, out=state))
        return [state]

    step = CapturedStep(device, body)
    assert [float(step()[0][0]) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert step.captured


def test_close_is_idempotent_and_leaves_an_eager_step(
    device: FakeDevice, training: Training
) -> None:
    step = CapturedStep(device, training)
    run(step, 3)
    step.close()
    step.close()
    assert device.made.closed == 1
    training.variable = np.zeros(2)
    assert run(step, 2) == EXPECTED[:2]
