"""Decorators of tests by how their ops run, as `tensorflow.python.framework.test_util` has them.

Everything runs in graphs here: what asks for a graph, or for both ways, runs in a graph; what asks
for eager execution is skipped.
"""

from __future__ import annotations

import contextlib
import functools
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from tfsession.graph import scopes
from tfsession.protos import ConfigProto
from tfsession.testing.machine import gpu_device_name, is_gpu_available

__all__ = [
    "assert_no_garbage_created",
    "assert_no_new_pyobjects_executing_eagerly",
    "assert_no_new_tensors",
    "build_as_function_and_v1_graph",
    "deprecated_graph_mode_only",
    "device",
    "disable_all_xla",
    "disable_control_flow_v2",
    "disable_xla",
    "eager_lazy_remote_copy_on_and_off",
    "enable_control_flow_v2",
    "force_gpu",
    "no_xla_auto_jit",
    "run_all_in_deprecated_graph_mode_only",
    "run_all_in_graph_and_eager_modes",
    "run_cuda_only",
    "run_deprecated_v1",
    "run_gpu_only",
    "run_in_async_and_sync_mode",
    "run_in_graph_and_eager_modes",
    "run_v1_only",
    "run_v2_only",
    "skip_if",
    "use_gpu",
    "with_control_flow_v2",
    "xla_allow_fallback",
]


# ---- What runs as it is ----


def run_deprecated_v1(func: Any = None) -> Any:
    """The function or class itself: it runs in a graph, as everything does."""
    return (lambda given: given) if func is None else func


# Each is used with or without arguments that say why; none has anything to switch off here.
deprecated_graph_mode_only = run_deprecated_v1
run_all_in_deprecated_graph_mode_only = run_deprecated_v1
run_all_in_graph_and_eager_modes = run_deprecated_v1
assert_no_garbage_created = run_deprecated_v1
assert_no_new_pyobjects_executing_eagerly = run_deprecated_v1
assert_no_new_tensors = run_deprecated_v1
build_as_function_and_v1_graph = run_deprecated_v1
eager_lazy_remote_copy_on_and_off = run_deprecated_v1
run_in_async_and_sync_mode = run_deprecated_v1


def _with_a_reason(description: str, func: Any = None) -> Any:
    """A decorator that is given a description and changes nothing."""
    return run_deprecated_v1(func)


run_v1_only = _with_a_reason
disable_xla = _with_a_reason
disable_all_xla = _with_a_reason
no_xla_auto_jit = _with_a_reason
xla_allow_fallback = _with_a_reason
# Conditions and loops are those of TensorFlow 1 throughout.
disable_control_flow_v2 = _with_a_reason


def with_control_flow_v2(cls: Any) -> Any:
    """The class itself: there is one kind of control flow here."""
    return cls


def run_in_graph_and_eager_modes(
    func: Any = None,
    config: ConfigProto | None = None,
    use_gpu: bool = True,
    reset_test: bool = True,
    assert_no_eager_garbage: bool = False,
) -> Any:
    """Runs a method of a test case in its cached session.

    Args:
      func: the method; a decorator is returned when None.
      config: the session's ConfigProto.
      use_gpu: let ops be placed on GPUs.
      reset_test: of no effect, as there is no second run.
      assert_no_eager_garbage: of no effect.

    Raises:
      ValueError: `func` is a class.
    """
    if isinstance(func, type):
        raise ValueError(
            "`run_in_graph_and_eager_modes` only supports test methods. Did you mean to use "
            "`run_all_in_graph_and_eager_modes`?"
        )

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def decorated(self: Any, *arguments: Any, **keywords: Any) -> None:
            with self.cached_session(config=config, use_gpu=use_gpu):
                method(self, *arguments, **keywords)

        return decorated

    return decorate if func is None else decorate(func)


# ---- What may be skipped ----


def skip_if(condition: Any) -> Callable[..., Any]:
    """Leaves a method out where a condition, or a function without arguments, is true."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def decorated(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if condition() if callable(condition) else condition:
                return None
            return method(self, *arguments, **keywords)

        return decorated

    return decorate


def _skipped_unless(allowed: Callable[[], bool], reason: str, func: Any) -> Any:
    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(method, type):
            return method if allowed() else unittest.skip(reason)(method)

        @functools.wraps(method)
        def decorated(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if not allowed():
                self.skipTest(reason)
            return method(self, *arguments, **keywords)

        return decorated

    return decorate if func is None else decorate(func)


def run_v2_only(func: Any = None) -> Any:
    """Skips a test: programs here are TensorFlow 1's."""
    return _skipped_unless(lambda: False, "Test is only compatible with v2", func)


def enable_control_flow_v2(func: Any) -> Any:
    """Skips a test of conditions and loops that are functions."""
    return _skipped_unless(lambda: False, "Test needs control flow v2", func)


def run_gpu_only(func: Any = None) -> Any:
    """Skips a test where there is no GPU."""
    return _skipped_unless(is_gpu_available, "Test requires GPU", func)


run_cuda_only = run_gpu_only


# ---- Devices ----


@contextlib.contextmanager
def device(use_gpu: bool) -> Iterator[None]:
    """Places ops on the first GPU if there is one and `use_gpu` is true, else on the CPU."""
    name = gpu_device_name() if use_gpu else ""
    with scopes.device(name or "/device:CPU:0"):
        yield


def use_gpu() -> contextlib.AbstractContextManager[None]:
    """Places ops on the first GPU if there is one, else on the CPU."""
    return device(use_gpu=True)


def force_gpu() -> contextlib.AbstractContextManager[None]:
    """Places ops on the first GPU."""
    return scopes.device("/device:GPU:0")
