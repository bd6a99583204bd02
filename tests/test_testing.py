"""`tf.test`: the test case, and gradients by finite differences."""

# The assertions are unittest's in name and manner.
# ruff: noqa: PT009, PT027

from __future__ import annotations

import threading
import unittest

import numpy as np
import pytest

import tfsession as tf
from tfsession.python.framework import test_util


class Sessions(tf.test.TestCase):
    def test_cached_session_keeps_variables(self):
        with self.cached_session() as session:
            variable = tf.Variable(3.0)
            session.run(variable.initializer)
        with self.cached_session() as again:
            assert again is session
            assert variable.eval() == 3.0
        with pytest.raises(ValueError, match="graph"), self.cached_session(tf.Graph()):
            pass

    def test_sessions_are_new(self):
        with self.session() as first, self.test_session(graph=tf.Graph()) as second:
            assert first is not second
            assert tf.get_default_session() is second

    def test_default_graph_is_empty(self):
        assert tf.get_default_graph().get_operations() == []
        assert tf.get_default_graph().seed == 87654321

    def test_evaluate(self):
        assert self.evaluate({"a": tf.constant(2)}) == {"a": 2}
        self.assertAllEqual(tf.constant([1, 2]), [1, 2])
        self.assertAllClose([tf.constant(1.0), 2.0], [1.0, 2.0])


@pytest.fixture
def case():
    made = Sessions("test_evaluate")
    made.setUp()
    yield made
    made.doCleanups()


def test_close(case):
    case.assertAllClose({"a": [1.0, [2.0, 3.0]]}, {"a": [1.0, [2.0, 3.0 + 1e-7]]})
    case.assertAllCloseAccordingToType(np.float16(1), np.float16(1.001))
    case.assertNotAllClose([1.0], [2.0])
    case.assertArrayNear([1.0], [1.1], 0.2)
    for a, b in [([1.0], [1.1]), ([1.0], [[1.0]]), ({"a": 1}, {"b": 1}), ({"a": 1}, 1)]:
        with pytest.raises(AssertionError):
            case.assertAllClose(a, b)
    with pytest.raises(AssertionError, match=r"1.000000 != 2.000000 \+/- 0.5"):
        case.assertNear(1.0, 2.0, 0.5)


def test_equal(case):
    case.assertAllEqual([np.nan, 1], [np.nan, 1])
    case.assertItemsEqual([1, 2], [2, 1])
    case.assertAllInRange([1, 2], 1, 2)
    with pytest.raises(AssertionError):
        case.assertAllInRange([1, 2], 1, 2, open_upper_bound=True)
    with pytest.raises(AssertionError):
        case.assertAllEqual([1, 2], [1, 3])
    case.assertShapeEqual(np.zeros((2, 3)), tf.zeros([2, 3]))
    case.assertDeviceEqual("/cpu:0", "/device:CPU:0")
    with pytest.raises(AssertionError):
        case.assertDeviceEqual("/cpu:0", "/cpu:1")


def test_messages(case):
    config = tf.ConfigProto(allow_soft_placement=True)
    case.assertProtoEquals("allow_soft_placement: true", config)
    with pytest.raises(AssertionError):
        case.assertProtoEquals("allow_soft_placement: false", config)


def test_op_errors(case):
    with case.cached_session():
        with case.assertRaisesOpError("bad value"):
            tf.check_numerics(np.nan, "bad value").eval()
        with pytest.raises(AssertionError), case.assertRaisesOpError("other"):
            tf.check_numerics(np.nan, "bad value").eval()
        with pytest.raises(AssertionError, match="not raised"), case.assertRaisesOpError("x"):
            pass


def test_temporary_folders(case, tmp_path):
    folder = case.get_temp_dir()
    assert folder == case.get_temp_dir()
    assert folder.startswith(tf.test.get_temp_dir())


def test_the_case_runs_under_unittest():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Sessions)
    # test_session is a method of the case, not a test of it.
    assert suite.run(unittest.TestResult()).errors == []


def test_gradients_agree(case):
    with case.cached_session():
        x = tf.placeholder(tf.float64, [2, 3])
        y = tf.sin(x) * x
        by_gradients, by_differences = tf.test.compute_gradient(x, [2, 3], y, [2, 3])
        assert by_gradients.shape == by_differences.shape == (6, 6)
        assert tf.test.compute_gradient_error(x, [2, 3], y, [2, 3]) < 1e-5
        z = tf.placeholder(tf.float64, [3, 2])
        error = tf.test.compute_gradient_error([x, z], [[2, 3], [3, 2]], tf.matmul(x, z), [2, 2])
        assert error < 1e-8


def test_gradients_of_complex_numbers(case):
    with case.cached_session():
        x = tf.placeholder(tf.complex128, [2])
        assert tf.test.compute_gradient_error(x, [2], x * x, [2]) < 1e-6


def test_a_wrong_gradient_is_seen(case):
    with case.cached_session():
        x = tf.placeholder(tf.float64, [2])
        wrong = x * tf.stop_gradient(x)
        assert tf.test.compute_gradient_error(x, [2], wrong, [2], x_init_value=[1.0, 2.0]) > 0.5


def test_no_default_session():
    with pytest.raises(ValueError, match="default session"):
        tf.test.compute_gradient(tf.constant(1.0), [], tf.constant(1.0), [])


def test_devices():
    assert tf.test.is_built_with_cuda()
    assert tf.test.is_gpu_available() == bool(tf.test.gpu_device_name())


# ---- What test cases of programs call ----


def test_older_names_of_assertions(case):
    with case.assertRaisesRegexp(ValueError, "b.d"):
        raise ValueError("bad")
    case.assertRegexpMatches("text", "t.x")
    case.assertNotRegexpMatches("text", "b")
    case.assertEquals(1, 1)
    case.assertNotEquals(1, 2)
    case.assertAlmostEquals(1.0, 1.0 + 1e-9)
    case.assert_(True)
    case.assertDictContainsSubset({"a": 1}, {"a": 1, "b": 2})
    for failing in (
        lambda: case.assertEquals(1, 2),
        lambda: case.assertDictContainsSubset({"a": 2}, {"a": 1}),
        lambda: case.assertNotRegexpMatches("text", "t"),
    ):
        with pytest.raises(AssertionError):
            failing()


def test_collections_and_texts(case):
    case.assertLen([1, 2], 2)
    case.assertEmpty([])
    case.assertNotEmpty([1])
    case.assertSameElements([1, 2, 2], [2, 1])
    case.assertContainsSubset([1], [1, 2])
    case.assertNoCommonElements([1], [2])
    case.assertSequenceAlmostEqual([1.0], [1.001], delta=0.01)
    case.assertBetween(2, 1, 3)
    case.assertStartsWith("abc", "ab")
    case.assertEndsWith("abc", "bc")
    case.assertContainsInOrder(["a", "c"], "abc")
    case.assertTotallyOrdered([1, 1.0], [2])
    with case.assertRaisesWithLiteralMatch(ValueError, "a(b)"):
        raise ValueError("a(b)")
    for failing in (
        lambda: case.assertLen([1], 2),
        lambda: case.assertEmpty([1]),
        lambda: case.assertSameElements([1], [1, 2]),
        lambda: case.assertContainsInOrder(["c", "a"], "abc"),
        lambda: case.assertTotallyOrdered([2], [1]),
        lambda: case.assertBetween(4, 1, 3),
    ):
        with pytest.raises(AssertionError):
            failing()


def test_errors_in_threads_fail_the_test(case):
    done = []
    thread = case.checkedThread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    assert done == [1]
    assert not thread.is_alive()
    failing = case.checkedThread(target=lambda: 1 / 0)
    failing.start()
    with pytest.raises(AssertionError, match=r"checkedThread: division by zero"):
        failing.join()


def test_threads_must_have_ended():
    case = Sessions("test_evaluate")
    case.setUp()
    event = threading.Event()
    thread = case.checkedThread(target=event.wait)
    thread.start()
    with pytest.raises(AssertionError, match="not joined"):
        thread.check_termination()
    event.set()
    thread.join()
    case.doCleanups()


def test_graph_defs(case):
    tf.constant(1, name="c")
    message = tf.get_default_graph().as_graph_def()
    empty = tf.Graph().as_graph_def()
    case.assertProtoEqualsVersion("", empty)
    tf.test.assert_equal_graph_def(message, message)
    with pytest.raises(AssertionError, match="node 'c' differs"):
        tf.test.assert_equal_graph_def(message, empty)
    with pytest.raises(TypeError, match=r"Expected tf\.GraphDef, got int"):
        tf.test.assert_equal_graph_def(message, 3)


def test_benchmarks_report(capsys):
    with tf.Graph().as_default(), tf.Session() as session:
        result = tf.test.Benchmark().run_op_benchmark(
            session, tf.constant(1.0), min_iters=3, name="constant", mbs=1.0
        )
    assert result["iters"] == 3
    assert result["wall_time"] > 0
    assert result["extras"]["throughput"] > 0
    assert "name: constant" in capsys.readouterr().out


class Modes(tf.test.TestCase):
    """Methods under the decorators of `test_util`."""

    @test_util.run_in_graph_and_eager_modes
    def in_session(self):
        assert tf.get_default_session() is not None
        self.assertAllEqual(self.evaluate(tf.constant([1, 2])), [1, 2])

    @test_util.run_in_graph_and_eager_modes(use_gpu=False)
    def on_cpu(self):
        assert tf.constant(1.0).device == "/device:CPU:0"

    @test_util.run_deprecated_v1
    @test_util.run_v1_only("a reason")
    @test_util.disable_xla("a reason")
    def plain(self):
        with test_util.use_gpu(), self.cached_session():
            assert tf.constant(1.0).eval() == 1
        return 3

    @test_util.run_v2_only
    def second(self):
        raise AssertionError("runs")

    @test_util.skip_if(lambda: True)
    def skipped(self):
        raise AssertionError("runs")

    @test_util.run_gpu_only
    def on_gpu(self):
        return tf.test.gpu_device_name()


def test_modes(monkeypatch):
    case = Modes("in_session")
    case.setUp()
    case.in_session()
    case.doCleanups()
    case.setUp()
    case.on_cpu()
    assert case.plain() == 3
    case.skipped()
    with pytest.raises(unittest.SkipTest, match="v2"):
        case.second()
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1GiB")
    assert case.on_gpu() == "/device:GPU:0"
    case.doCleanups()
    with pytest.raises(ValueError, match="only supports test methods"):
        test_util.run_in_graph_and_eager_modes(Modes)
