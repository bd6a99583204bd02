"""Checks at build and run time, confusion matrices, and the namespaces that hold them."""

from __future__ import annotations

import operator
import re
from types import SimpleNamespace

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


def run(fetch, feed=None):
    with tf.Session() as session:
        return session.run(fetch, feed)


COMPARISONS = [
    (tf.assert_equal, [1, 2], [1, 2], [1, 3]),
    (tf.assert_none_equal, [1, 2], [2, 1], [2, 2]),
    (tf.assert_less, [1, 2], [2, 3], [2, 2]),
    (tf.assert_less_equal, [1, 2], [1, 2], [1, 1]),
    (tf.assert_greater, [1, 2], [0, 1], [0, 2]),
    (tf.assert_greater_equal, [1, 2], [1, 2], [1, 3]),
]


@pytest.mark.parametrize(("check", "x", "good", "bad"), COMPARISONS)
def test_comparisons_when_the_graph_runs(check, x, good, bad):
    y = tf.placeholder(tf.int32, [2], name="y")
    checked = check(x, y, message="told")
    run(checked, {y: good})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"told.*did not hold element-wise"):
        run(checked, {y: bad})


@pytest.mark.parametrize(("check", "x", "good", "bad"), COMPARISONS)
def test_comparisons_when_the_graph_is_built(check, x, good, bad):
    check(x, good)
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold element-wise"):
        check(x, bad)


def test_the_text_of_a_failed_comparison():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.assert_equal([1], [2], message="m")
    assert caught.value.message == (
        "m\nCondition x == y did not hold element-wise:\n"
        "x (assert_equal_1/x:0) = \n[1]\ny (assert_equal_1/y:0) = \n[2]"
    )


def test_a_tensor_equals_itself_without_a_check():
    x = tf.placeholder(tf.float32)
    assert tf.assert_equal(x, x).type == "NoOp"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (tf.assert_positive, [1, 2], [0, 1]),
        (tf.assert_negative, [-1, -2], [0, -1]),
        (tf.assert_non_negative, [0, 1], [-1, 1]),
        (tf.assert_non_positive, [0, -1], [1, -1]),
    ],
)
def test_signs(check, good, bad):
    x = tf.placeholder(tf.float32, [None])
    checked = check(x)
    run(checked, {x: good})
    run(checked, {x: []})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Condition x .* 0 did not hold"):
        run(checked, {x: bad})


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64])
def test_near(dtype):
    x = tf.placeholder(dtype, [2])
    checked = tf.assert_near(x, tf.cast([1.0, 2.0], dtype))
    run(checked, {x: [1, 2]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="not equal to tolerance"):
        run(checked, {x: [1, 3]})


def test_ranks_that_are_known():
    x = tf.placeholder(tf.float32, [None], name="x")
    assert tf.assert_rank(x, 1).type == "NoOp"
    assert tf.assert_rank_at_least(x, 0).type == "NoOp"
    assert tf.assert_rank_in(x, [0, 1]).type == "NoOp"
    for check, wanted, text in [
        (tf.assert_rank, 2, "must have rank 2"),
        (tf.assert_rank_at_least, 2, "must have rank at least 2"),
        (tf.assert_rank_in, (0, 2), "must have rank in (0, 2)"),
    ]:
        with pytest.raises(ValueError, match="must have rank") as caught:
            check(x, wanted, message="m")
        assert str(caught.value) == f"m.  Tensor x:0 {text}.  Received rank 1, shape (?,)"
    with pytest.raises(ValueError, match="Rank must be a scalar"):
        tf.assert_rank(x, [1])


@pytest.mark.parametrize(
    ("check", "wanted", "bad"),
    [
        (tf.assert_rank, 1, [[1.0]]),
        (tf.assert_rank_at_least, 1, 1.0),
        (tf.assert_rank_in, [0, 1], [[1.0]]),
    ],
)
def test_ranks_when_the_graph_runs(check, wanted, bad):
    x = tf.placeholder(tf.float32)
    checked = check(x, wanted)
    run(checked, {x: [1.0]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have rank"):
        run(checked, {x: bad})


def test_types():
    x = tf.placeholder(tf.float32, [2], name="x")
    assert tf.assert_type(x, tf.float32).type == "NoOp"
    assert tf.assert_integer(1).type == "NoOp"
    with pytest.raises(TypeError, match="x:0 must be of type"):
        tf.assert_type(x, tf.int32)
    with pytest.raises(TypeError, match='Expected "x" to be integer type'):
        tf.assert_integer(x)
    with pytest.raises(ValueError, match="Expected scalar shape for x:0"):
        tf.assert_scalar(x)
    assert tf.assert_scalar(3).shape == ()
    assert tf.assert_same_float_dtype() == tf.float32
    assert tf.assert_same_float_dtype([x, None]) == tf.float32
    with pytest.raises(ValueError, match="must be of the same type"):
        tf.assert_same_float_dtype([x, tf.constant(1)])
    with pytest.raises(ValueError, match="Expected floating point type"):
        tf.assert_same_float_dtype([tf.constant(1)])
    tf.assert_proper_iterable([x])
    for value in (x, "text", 3, np.zeros(2)):
        with pytest.raises(TypeError):
            tf.assert_proper_iterable(value)
    assert tf.is_numeric_tensor(x)
    assert not tf.is_numeric_tensor(tf.constant("a"))
    assert not tf.is_numeric_tensor([1])


@pytest.mark.parametrize(
    ("values", "non_decreasing", "increasing"),
    [([], 1, 1), ([3], 1, 1), ([1, 1, 2], 1, 0), ([1, 2, 3], 1, 1), ([2, 1], 0, 0)],
)
def test_order(values, non_decreasing, increasing):
    x = tf.placeholder(tf.uint8, [None])
    both = [tf.is_non_decreasing(x), tf.is_strictly_increasing(x)]
    assert run(both, {x: values}) == [non_decreasing, increasing]


def test_finite_numbers():
    x = tf.placeholder(tf.float32, [1])
    same = tf.verify_tensor_all_finite(x, "not finite")
    assert run(same, {x: [1]}) == [1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite"):
        run(same, {x: [np.nan]})
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.verify_tensor_all_finite(x, "a", message="b")


def test_the_first_tensor_that_is_not_finite_is_reported():
    x = tf.placeholder(tf.float32, [])
    inverse = tf.divide(1.0, x, name="inverse")
    tf.exp(inverse, name="later")
    checks = tf.add_check_numerics_ops()
    run(checks, {x: 1})
    with pytest.raises(tf.errors.InvalidArgumentError, match="inverse:0"):
        run(checks, {x: 0})
    tf.cond(x > 0, lambda: x + 1, lambda: x)
    with pytest.raises(ValueError, match="not compatible"):
        tf.add_check_numerics_ops()


def test_confusion_matrix():
    labels = tf.placeholder(tf.int32, [None])
    counts = tf.confusion_matrix(labels, [[2], [2], [1]], 3)
    np.testing.assert_array_equal(
        run(counts, {labels: [1, 2, 1]}), [[0, 0, 0], [0, 1, 1], [0, 0, 1]]
    )
    weighted = tf.math.confusion_matrix([0, 1], [1, 1], dtype=tf.float32, weights=[0.5, 2.0])
    np.testing.assert_array_equal(run(weighted), [[0, 0.5], [0, 2]])
    for wrong, text in [(3, "out of bound"), (-1, "negative values")]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(counts, {labels: [1, 2, wrong]})


def test_orthogonal_initializer():
    for shape in ([4, 3], [3, 4], [2, 2, 3]):
        matrix = run(tf.orthogonal_initializer(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1])
        if matrix.shape[0] < matrix.shape[1]:
            matrix = matrix.T
        np.testing.assert_allclose(matrix.T @ matrix, 4 * np.eye(matrix.shape[1]), atol=1e-5)
    with pytest.raises(ValueError, match="at least two-dimensional"):
        tf.orthogonal_initializer()([3])


def test_namespaces_hold_what_they_promise():
    for namespace in (tf.debugging, tf.manip, tf.initializers, tf.train, tf.version, tf.test):
        for name in namespace.__all__:
            assert getattr(namespace, name) is not None
    for name in ("np", "Any", "annotations"):
        assert not hasattr(tf.initializers, name)
    assert not hasattr(tf, "Any")
    assert tf.initializers.constant is tf.constant_initializer
    assert tf.executing_eagerly() is False


def test_messages_of_train():
    example = tf.train.Example()
    example.features.feature["x"].int64_list.value.append(3)
    made = tf.train.Example(
        features=tf.train.Features(
            feature={"x": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}
        )
    )
    assert made == example
    with pytest.raises(AttributeError, match="Exampel"):
        _ = tf.train.Exampel


def test_absent_names_are_explained():
    for path in (
        "user_ops nn.quantized_conv2d train.Server audio compat.v2 "
        "random.poisson io.decode_proto strings.ngrams contrib.gan"
    ).split():
        above, _, name = f"tf.{path}".rpartition(".")
        module = operator.attrgetter(above)(SimpleNamespace(tf=tf))
        assert not hasattr(module, name)
        wanted = (
            f"module {module.__name__!r} has no attribute {name!r}; tf.{path} is TensorFlow's, but "
            "not part of tfsession 0.1 yet; README lists what is"
        )
        with pytest.raises(AttributeError, match=f"^{re.escape(wanted)}$"):
            getattr(module, name)


def test_unknown_names_are_named_with_what_is_near():
    for module, name, end in (
        (tf, "layerz", "; tf.layers is there"),
        (tf.nn, "rellu", "; tf.nn.relu is there"),
        (tf.train, "AdamOptimiser", "; tf.train.AdamOptimizer is there"),
        (tf.contrib, "keraz", ""),
    ):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'{re.escape(end)}$"):
            getattr(module, name)


def test_absent_modules_cannot_be_imported():
    with pytest.raises(ModuleNotFoundError, match=r"tf\.contrib\.bayesflow is TensorFlow's"):
        from tfsession.contrib import bayesflow  # noqa: F401
    with pytest.raises(ImportError, match="cannot import name 'rnm'"):
        from tfsession.contrib import rnm  # noqa: F401
