"""The test case: sessions, and comparisons of arrays, tensors and messages."""

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
import unittest
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np
from google.protobuf import text_format

from tfsession import version
from tfsession.device_spec import DeviceSpec
from tfsession.errors import OpError
from tfsession.graph import scopes
from tfsession.graph.composites import IndexedSlicesValue, SparseTensorValue
from tfsession.graph.default_session import get_default_session
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.protos import ConfigProto, GraphDef
from tfsession.run.session import Session
from tfsession.testing.assertions import Assertions

# Tests see the same random numbers in every run.
_SEED = 87654321
_LOW_PRECISION = {np.dtype(np.float16): "half", np.dtype(ml_dtypes.bfloat16): "bfloat16"}


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
        config: ConfigProto | None = None,
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
        config: ConfigProto | None = None,
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
        config: ConfigProto | None = None,
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


def _configuration(config: ConfigProto | None, force_gpu: bool) -> Any:
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
