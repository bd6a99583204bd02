"""`tfsession doctor --self-test`."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

import tfsession as tf
from tfsession.cli import self_test


def printed() -> tuple[int, str]:
    text = io.StringIO()
    code = self_test.show_self_test(Console(file=text, width=200))
    return code, text.getvalue()


def test_without_a_gpu_there_is_nothing_to_test() -> None:
    code, text = printed()
    assert code == 1
    assert text.startswith("No GPU is visible")


@pytest.mark.parametrize("name", self_test.GRAPHS)
def test_a_graph_is_compared_with_the_cpu(name: str) -> None:
    build, steps = self_test.GRAPHS[name]
    assert self_test._compare(tf, "/CPU:0", build, steps) == ""


def test_other_numbers_are_a_failure() -> None:
    numbers = iter([np.float32(1), np.float32(1.1)])
    failure = self_test._compare(tf, "/CPU:0", lambda tf: tf.constant(next(numbers)))
    assert failure.startswith("differs from the CPU by 9")


def test_an_error_is_the_failure_of_one_check() -> None:
    found = self_test.outcome("a check", lambda: str(1 // 0))
    assert found.failure == "ZeroDivisionError: integer division or modulo by zero"


@pytest.mark.gpu
@pytest.mark.usefixtures("real_cupy")
def test_a_gpu_passes() -> None:
    code, text = printed()
    assert "failed" not in text
    assert code == 0
    assert "GPU:0: a captured step" in text
