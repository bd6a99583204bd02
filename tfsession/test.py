"""`tf.test`: a test case that runs graphs, and gradients compared with finite differences."""

# The test case is unittest's: its assertions are methods, and stay on under `python -O`.
# ruff: noqa: PT009

from __future__ import annotations

import atexit
import contextlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import ml_dtypes
import numpy as np
from google.protobuf import text_format

from tfsession import version
from tfsession.autodiff.gradients import gradients
from tfsession.device_spec import DeviceSpec
from tfsession.errors import OpError
from tfsession.graph import scopes
from tfsession.graph.build import constant, convert_to_tensor
from tfsession.graph.composites import IndexedSlicesValue, SparseTensorValue
from tfsession.graph.default_session import get_default_session
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.protos import ConfigProto, GraphDef
from tfsession.python.local_devices import list_local_devices
from tfsession.run.session import Session
from tfsession.testing.assertions import Assertions

__getattr__ = _getattr_of(__name__)

__all__ = [
    "Benchmark",
    "TestCase",
    "assert_equal_graph_def",
    "compute_gradient",
    "compute_gradient_error",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
    "main",
    "mock",
]

# Tests see the same random numbers in every run.
_SEED = 87654321


# ---- The process ----


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of the script, and exits.

    Source: TensorFlow 1.15 `tf.test.main`.
    """
    unittest.main(argv=list(sys.argv if argv is None else argv))


_temporary: list[str] = []


def get_temp_dir() -> str:
    """A folder for this process's tests, deleted when it ends.

    Source: TensorFlow 1.15 `tf.test.get_temp_dir`.
    """
    if not _temporary:
        folder = tempfile.mkdtemp()
        _temporary.append(folder)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _temporary[0]


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


# ---- Gradients ----


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> Any:
    """Computes the Jacobian of `y` with respect to `x`, by gradients and by finite differences.

    A default session must be set. A complex number counts as its two parts.

    Args:
      x: a Tensor or a list of them.
      x_shape: its shape, or the list of theirs.
      y: a Tensor.
      y_shape: its shape.
      x_init_value: where to differentiate, an array of `x_shape` or a list; random when None.
      delta: how far `x` is moved to each side.
      init_targets: what is run first, an operation or a list.
      extra_feed_dict: what else is fed.

    Returns:
      Two arrays of [elements of x, elements of y], by gradients and by differences; a list of such
      pairs for a list of tensors.

    Raises:
      ValueError: no session is the default one.

    Source: TensorFlow 1.15 `tf.test.compute_gradient`.
    """
    session = get_default_session()
    if session is None:
        raise ValueError("Cannot compute gradients: no default session is registered.")
    feeds = dict(extra_feed_dict or {})
    several = isinstance(x, list)
    xs = x if several else [x]
    shapes = x_shape if several else [x_shape]
    given = x_init_value if several and x_init_value is not None else [x_init_value] * len(xs)
    if init_targets is not None:
        for target in init_targets if isinstance(init_targets, (list, tuple)) else [init_targets]:
            session.run(target)
    values = [
        _start(tensor, shape, start) for tensor, shape, start in zip(xs, shapes, given, strict=True)
    ]
    seed = constant(np.ones(y_shape), dtype=y.dtype)
    dxs = gradients(y, xs, grad_ys=seed)
    at = {**feeds, **dict(zip(xs, values, strict=True))} if several else feeds
    results = []
    for tensor, value, dx in zip(xs, values, dxs, strict=True):
        here = {**at, tensor: value}
        results.append(
            (
                _by_gradients(session, value, dx, seed, here),
                _by_differences(session, tensor, value, y, here, delta),
            )
        )
    return results if several else results[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> float:
    """The largest difference between the two Jacobians of `compute_gradient`.

    Arguments are those of `compute_gradient`.

    Source: TensorFlow 1.15 `tf.test.compute_gradient_error`.
    """
    pairs = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    error = 0.0
    for by_gradients, by_differences in pairs if isinstance(pairs, list) else [pairs]:
        if by_gradients.size or by_differences.size:
            difference = np.abs(by_gradients - by_differences)
            # A NaN anywhere is no small error.
            error = float(np.maximum(error, difference.max()))
    return error


def _start(tensor: Tensor, shape: Any, given: Any) -> Any:
    kind = tensor.dtype.base_dtype.as_numpy_dtype
    if given is not None:
        return np.array(given, dtype=kind)
    value = np.random.random_sample(tuple(shape))
    if tensor.dtype.is_complex:
        value = value + 1j * np.random.random_sample(tuple(shape))
    return value.astype(kind)


def _parts(value: Any) -> Any:
    """All numbers of an array in one row, complex ones as their two parts."""
    flat = np.ascontiguousarray(value).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _by_gradients(session: Any, value: Any, dx: Any, seed: Tensor, feeds: Any) -> Any:
    shape: Any = seed.get_shape().as_list()
    direction = np.zeros(shape, seed.dtype.as_numpy_dtype)
    columns = _parts(direction).size
    jacobian = np.zeros((_parts(value).size, columns), _parts(value).dtype)
    if dx is None:
        return jacobian
    dense = convert_to_tensor(dx)
    for column in range(columns):
        row = np.zeros(columns, _parts(direction).dtype)
        row[column] = 1
        direction = row.view(direction.dtype).reshape(shape)
        jacobian[:, column] = _parts(session.run(dense, {**feeds, seed: direction}))
    return jacobian


def _by_differences(
    session: Any, tensor: Tensor, value: Any, y: Tensor, feeds: Any, delta: float
) -> Any:
    flat = _parts(value)
    rows = []
    for index in range(flat.size):
        sides = []
        for step in (delta, -delta):
            moved = flat.copy()
            moved[index] += step
            fed = moved.view(value.dtype).reshape(value.shape)
            sides.append(_parts(session.run(y, {**feeds, tensor: fed})))
        rows.append((sides[0] - sides[1]) / (2 * delta))
    return np.array(rows, flat.dtype) if rows else np.zeros((0, 0), flat.dtype)


# ---- The test case ----

_LOW_PRECISION = {np.dtype(np.float16): "half", np.dtype(ml_dtypes.bfloat16): "bfloat16"}


class TestCase(Assertions):
    """A test case with sessions, and comparisons of arrays, tensors and messages.

    Each test begins with an empty default graph and fixed random seeds.

    Source: TensorFlow 1.15 `tf.test.TestCase`.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._cached: tuple[Any, Graph, Any, bool] | None = None
        self._folder: str | None = None

    def setUp(self) -> None:
        self._close_cached()
        random.seed(_SEED)
        np.random.seed(_SEED)
        scopes.reset_default_graph()
        scopes.set_random_seed(_SEED)
        self.addCleanup(self._close_cached)

    def _close_cached(self) -> None:
        if self._cached is not None:
            self._cached[0].close()
            self._cached = None

    def get_temp_dir(self) -> str:
        """A folder of this test's own."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(dir=get_temp_dir())
        return self._folder

    # ---- Sessions ----

    @contextlib.contextmanager
    def session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Any]:
        """A new session, which is the default one, and whose graph is, while it lasts.

        Args:
          graph: its graph; the default one when None.
          config: its ConfigProto.
          use_gpu: let ops be placed on GPUs; the CPU is asked for otherwise.
          force_gpu: ask for the first GPU, without soft placement.
        """
        with (
            Session(graph=graph, config=_configuration(config, force_gpu)) as session,
            _placed(session.graph, use_gpu, force_gpu),
        ):
            yield session

    @contextlib.contextmanager
    def cached_session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Any]:
        """Like `session`, but the same one throughout a test, with the state of its variables.

        Raises:
          ValueError: the graph, the configuration or `force_gpu` is not that of the first call.
        """
        graph = graph or scopes.get_default_graph()
        if self._cached is None:
            session = Session(graph=graph, config=_configuration(config, force_gpu))
            self._cached = session, graph, config, force_gpu
        session, first_graph, first_config, first_force = self._cached
        if first_graph is not graph:
            raise ValueError("The graph used to get the cached session is different.")
        if first_config != config:
            raise ValueError("The config used to get the cached session is different.")
        if first_force != force_gpu:
            raise ValueError("The force_gpu value used to get the cached session is different.")
        with (
            graph.as_default(),
            session.as_default(),
            _placed(graph, use_gpu, force_gpu),
        ):
            yield session

    def test_session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Any:
        """`cached_session`, or `session` if a graph is given."""
        if self._testMethodName == "test_session":
            self.skipTest("Not a test.")
        make = self.cached_session if graph is None else self.session
        return make(graph, config, use_gpu, force_gpu)

    # pytest would take it for a test.
    test_session.__test__ = False  # type: ignore[attr-defined]

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors in nested structures, in the default session or the test's own."""
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as session:
            return session.run(tensors)

    # ---- Threads ----

    def checkedThread(
        self, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> Any:
        """A thread, to be started, whose errors fail the test when it is joined.

        The test fails as well if the thread still runs when it ends.
        """
        thread = _CheckedThread(self, target, args or (), kwargs or {})
        self.addCleanup(thread.check_termination)
        return thread

    # ---- Comparisons of numbers ----

    def _array(self, value: Any) -> Any:
        if isinstance(value, Tensor) or hasattr(value, "op"):
            value = self.evaluate(value)
        return np.asarray(value)

    # Under the name that test cases call although it is private.
    _GetNdArray = _array

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Fails unless two numbers differ by at most `err`."""
        close = f1 == f2 or abs(f1 - f2) <= err
        self.assertTrue(close, f"{f1:f} != {f2:f} +/- {err:f}{f' ({msg})' if msg else ''}")

    def assertArrayNear(
        self, farray1: Any, farray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Fails unless two lists are equally long, and their numbers differ by at most `err`."""
        self.assertEqual(len(farray1), len(farray2), msg=msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg=msg)

    def assertNDArrayNear(
        self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Fails unless the norm of the difference of two arrays is less than `err`."""
        self.assertLess(np.linalg.norm(np.subtract(ndarray1, ndarray2)), err, msg)

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Fails unless arrays, also in equal nested structures, are nearly equal.

        Args:
          a: an array, tensor, number, or lists and dictionaries of them.
          b: the same.
          rtol: the tolerance relative to `b`.
          atol: the absolute tolerance.
          msg: what the failure says.
        """
        if hasattr(a, "_asdict"):
            a = a._asdict()
        if hasattr(b, "_asdict"):
            b = b._asdict()
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self.assertTrue(isinstance(a, Mapping) and isinstance(b, Mapping), msg)
            self.assertCountEqual(a.keys(), b.keys(), msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, msg)
        elif _is_ragged(a) or _is_ragged(b):
            self.assertEqual(len(a), len(b), msg)
            for left, right in zip(a, b, strict=True):
                self.assertAllClose(left, right, rtol, atol, msg)
        else:
            self._assert_arrays_close(self._array(a), self._array(b), rtol, atol, msg)

    def _assert_arrays_close(
        self, a: Any, b: Any, rtol: float, atol: float, msg: str | None
    ) -> None:
        self.assertEqual(
            a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg or ''}"
        )
        for kind in _LOW_PRECISION:
            # NumPy compares them in their own precision, in which tolerances vanish.
            a = a.astype(np.float32) if a.dtype == kind else a
            b = b.astype(np.float32) if b.dtype == kind else b
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=msg or "", equal_nan=True)

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """Like `assertAllClose`, with wider tolerances for dtypes of lower precision."""
        a, b = self._array(a), self._array(b)
        kinds = {a.dtype, b.dtype}
        if kinds & {np.dtype(np.float32), np.dtype(np.complex64)}:
            rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
        if np.dtype(np.float16) in kinds:
            rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
        if np.dtype(ml_dtypes.bfloat16) in kinds:
            rtol, atol = max(rtol, bfloat16_rtol), max(atol, bfloat16_atol)
        self.assertAllClose(a, b, rtol=rtol, atol=atol, msg=msg)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Fails if `assertAllClose` would not."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fails unless two arrays have the same shape and elements; NaN equals NaN."""
        a, b = self._array(a), self._array(b)
        self.assertEqual(
            a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg or ''}"
        )
        np.testing.assert_array_equal(a, b, err_msg=msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fails if two arrays are equal."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Fails unless all elements are greater."""
        self.assertGreater(np.min(self._array(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Fails unless all elements are greater or equal."""
        self.assertGreaterEqual(np.min(self._array(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Fails unless all elements are less."""
        self.assertLess(np.max(self._array(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Fails unless all elements are less or equal."""
        self.assertLessEqual(np.max(self._array(a)), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Fails unless all elements lie between two bounds, which may be left out themselves."""
        values = self._array(target)
        above = values > lower_bound if open_lower_bound else values >= lower_bound
        below = values < upper_bound if open_upper_bound else values <= upper_bound
        outside = values[~(above & below)]
        self.assertEqual(outside.size, 0, f"Values out of range: {outside}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Fails unless all elements are among some values."""
        others = sorted(set(self._array(target).ravel().tolist()) - set(expected_set))
        self.assertEqual(others, [], "Values outside the set")

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Fails unless an array has a dtype of NumPy's."""
        self.assertEqual(self._array(target).dtype, np.dtype(expected_dtype))

    # ---- Comparisons of other things ----

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        """Fails unless the static shape of a tensor is that of an array."""
        self.assertIsInstance(np_array, (np.ndarray, np.generic))
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list(), msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        """Fails unless two names mean the same device."""
        names = [
            DeviceSpec.from_string(d).to_string() if isinstance(d, str) else d.to_string()
            for d in (device1 or "", device2 or "")
        ]
        self.assertEqual(names[0], names[1], msg)

    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Any, msg: str | None = None
    ) -> None:
        """Fails unless a message equals another, which may be given in its text form."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            expected = text_format.Parse(expected, type(message)())
        self.assertEqual(type(expected), type(message), msg)
        if expected != message:
            self.assertMultiLineEqual(str(expected), str(message), msg)
            # Their text may agree where the numbers it rounds do not.
            self.fail(msg or "the messages differ")

    def assertProtoEqualsVersion(
        self,
        expected: str,
        actual: Any,
        producer: int = version.GRAPH_DEF_VERSION,
        min_consumer: int = version.GRAPH_DEF_VERSION_MIN_CONSUMER,
        msg: str | None = None,
    ) -> None:
        """Fails unless a GraphDef equals the one of a text and these versions."""
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }}"
        self.assertProtoEquals(f"{versions}\n{expected}", actual, msg)

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: str | Callable[[Any], bool]
    ) -> Iterator[None]:
        """Fails unless its body raises an error that a pattern or a function accepts.

        The pattern is searched in an OpError's message and the name of its operation.
        """
        try:
            yield
        except exception_type as error:
            if callable(expected_err_re_or_predicate):
                accepted = expected_err_re_or_predicate(error)
            else:
                text = str(error)
                if isinstance(error, OpError):
                    text = error.message
                    if error.op is not None:
                        text += f"\nCaused by op: {error.op.name!r}"
                accepted = re.search(expected_err_re_or_predicate, text) is not None
            if not accepted:
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            self.fail(f"{getattr(exception_type, '__name__', exception_type)} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """Fails unless its body raises an OpError that a pattern or a function accepts."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)


class _CheckedThread:
    """Runs a function in a thread, and keeps its error for the test case."""

    def __init__(
        self, case: TestCase, target: Callable[..., Any], arguments: Any, keywords: Any
    ) -> None:
        self._case = case
        self._target = target
        self._arguments, self._keywords = arguments, keywords
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self._target(*self._arguments, **self._keywords)
        except BaseException as error:  # the test that joins fails with it
            self._error = error

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()
        if self._error is not None:
            self._case.fail(f"Error in checkedThread: {self._error}")

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def check_termination(self) -> None:
        if self._thread.is_alive():
            self._case.fail("A checked thread was not joined.")


class Benchmark:
    """What benchmarks of TensorFlow derive from; `run_op_benchmark` times a run."""

    def report_benchmark(self, **fields: Any) -> None:
        """Prints a measurement: its `name`, `iters`, `wall_time` in seconds, `extras`."""
        given = [f"{key}: {value}" for key, value in fields.items() if value is not None]
        sys.stdout.write(f"{' '.join(given)}\n")

    def run_op_benchmark(
        self,
        sess: Any,
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


def assert_equal_graph_def(actual: Any, expected: Any, checkpoint_v2: bool = False) -> None:
    """Fails unless two GraphDefs have the same nodes, in any order.

    Raises:
      AssertionError: they differ.
      TypeError: one is no GraphDef.

    Source: TensorFlow 1.15 `tf.test.assert_equal_graph_def`.
    """
    for given in (actual, expected):
        if not isinstance(given, GraphDef):
            raise TypeError(f"Expected tf.GraphDef, got {type(given).__name__}")
    nodes = [{node.name: node for node in given.node} for given in (actual, expected)]
    for name in sorted({*nodes[0], *nodes[1]}):
        texts = [str(found.get(name)) for found in nodes]
        if texts[0] != texts[1]:
            raise AssertionError(f"node {name!r} differs: {texts[0]} instead of {texts[1]}")


def _is_ragged(value: Any) -> bool:
    """Whether a list holds more than one array of numbers would."""
    if not isinstance(value, (list, tuple)) or isinstance(
        value, (IndexedSlicesValue, SparseTensorValue)
    ):
        return False
    if any(isinstance(part, (Mapping, Tensor)) or hasattr(part, "op") for part in value):
        return True
    try:
        return bool(np.asarray(value).dtype == object)
    except ValueError:
        return True


def _configuration(config: Any, force_gpu: bool) -> Any:
    result = ConfigProto()
    if config is not None:
        result.CopyFrom(config)
    else:
        result.allow_soft_placement = not force_gpu
    return result


@contextlib.contextmanager
def _placed(graph: Graph, use_gpu: bool, force_gpu: bool) -> Iterator[None]:
    if use_gpu and not force_gpu:
        yield
        return
    with graph.device("/device:GPU:0" if force_gpu else "/device:CPU:0"):
        yield
