"""What the graph alone says of values and shapes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession.graph.static_values import (
    constant_value,
    constant_value_as_shape,
    known_elements,
    public_constant_value,
    public_constant_value_as_shape,
)

pytestmark = pytest.mark.usefixtures("graph")


def unknown(*dims: int | None, dtype: Any = tf.float32) -> Any:
    """A placeholder."""
    return tf.placeholder(dtype, dims)


KNOWN = {
    "constant": (lambda: tf.constant([[1.5, 2.0]]), [[1.5, 2.0]]),
    "shape": (lambda: tf.raw_ops.Shape(input=unknown(2, 3)), [2, 3]),
    "size": (lambda: tf.raw_ops.Size(input=unknown(2, 3)), 6),
    "size of nothing": (lambda: tf.raw_ops.Size(input=unknown(None, 0)), 0),
    "rank": (lambda: tf.raw_ops.Rank(input=unknown(None, 3)), 2),
    "range": (lambda: tf.range(1, 7, 2), [1, 3, 5]),
    "cast": (lambda: tf.cast([1.7, -1.7], tf.int32), [1, -1]),
    "concat": (lambda: tf.concat([[1, 2], tf.shape(unknown(3))], 0), [1, 2, 3]),
    "stack": (lambda: tf.stack([tf.size(unknown(2)), 3], axis=0), [2, 3]),
    "fill": (lambda: tf.fill([2], 7), [7, 7]),
    "equal": (lambda: tf.equal(tf.shape(unknown(2, 3)), [2, 4]), [True, False]),
    "not equal": (lambda: tf.not_equal(3, 4), True),
    "one known size": (lambda: tf.shape(unknown(None, 3))[1], 3),
    "last size": (lambda: tf.shape(unknown(None, None, 5))[-1], 5),
    "gathered size": (lambda: tf.gather(tf.shape(unknown(None, 3)), 1), 3),
    "arithmetic": (lambda: (tf.shape(unknown(4, 6)) - 1) // [2, 2] * 3, [3, 6]),
    "C division": (lambda: tf.raw_ops.Div(x=-7, y=2), -3),
    "product": (lambda: tf.reduce_prod(tf.shape(unknown(4, 6))), 24),
    "maximum": (lambda: tf.maximum(tf.shape(unknown(4)), 5), [5]),
    "reversed": (lambda: tf.reverse(tf.shape(unknown(4, 6)), [0]), [6, 4]),
    "unpacked": (lambda: tf.unstack(tf.shape(unknown(4, 6)))[1], 6),
    "split": (lambda: tf.split(tf.shape(unknown(4, 6)), 2)[1], [6]),
    "squeezed": (lambda: tf.squeeze(tf.shape(unknown(4))), 4),
    "identity": (lambda: tf.identity(tf.shape(unknown(4))), [4]),
}


@pytest.mark.parametrize("case", KNOWN)
def test_value_is_known(case: str) -> None:
    """These are known without a run, and have the tensor's dtype."""
    build, wanted = KNOWN[case]
    tensor = build()
    value = constant_value(tensor)
    assert value is not None
    np.testing.assert_array_equal(value, wanted)
    assert value.dtype == tensor.dtype.as_numpy_dtype


UNKNOWN = {
    "placeholder": lambda: unknown(2),
    "partly known shape": lambda: tf.shape(unknown(None, 3)),
    "unknown size": lambda: tf.shape(unknown(None, 3))[0],
    "division by zero": lambda: tf.raw_ops.FloorDiv(x=1, y=0),
    "too large": lambda: tf.fill([1000, 1000], 1),
    "float arithmetic": lambda: tf.constant(1.0) + 2.0,
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_value_is_not_known(case: str) -> None:
    """These are left to the run."""
    assert constant_value(UNKNOWN[case]()) is None


def test_partial_value_of_a_stack() -> None:
    """A stack may be known in part; its other elements are None."""
    tensor = tf.stack([unknown(dtype=tf.int32), 2])
    assert constant_value(tensor) is None
    value = constant_value(tensor, partial=True)
    assert value is not None
    assert value.tolist() == [None, 2]


SHAPES = {
    "constant": (lambda: tf.constant([2, -1]), (2, None)),
    "empty": (lambda: tf.constant([], tf.int32), ()),
    "placeholder": (lambda: unknown(None, dtype=tf.int32), None),
    "placeholder of known length": (lambda: unknown(2, dtype=tf.int32), (None, None)),
    "shape": (lambda: tf.shape(unknown(None, 3)), (None, 3)),
    "shape of unknown rank": (lambda: tf.shape(tf.placeholder(tf.float32)), None),
    "stack": (lambda: tf.stack([tf.shape(unknown(None, 3))[0], 3, -1]), (None, 3, None)),
    "concat": (lambda: tf.concat([tf.shape(unknown(None, 3)), [4]], 0), (None, 3, 4)),
    "concat unknown": (lambda: tf.concat([unknown(None, dtype=tf.int32), [4]], 0), None),
    "slice": (lambda: tf.shape(unknown(None, 3, 4))[1:], (3, 4)),
    "backwards": (lambda: tf.shape(unknown(None, 3, 4))[::-1], (4, 3, None)),
    "cast": (lambda: tf.cast(tf.shape(unknown(None, 3)), tf.int64), (None, 3)),
    "arithmetic": (lambda: tf.shape(unknown(None, 3)) * [1, 2], (None, 6)),
    "gather": (lambda: tf.gather(tf.shape(unknown(None, 3)), [1, 0]), (3, None)),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shape_of_a_tensor_of_sizes(case: str) -> None:
    """What is known of each size is found."""
    build, wanted = SHAPES[case]
    assert constant_value_as_shape(build()) == wanted


@pytest.mark.parametrize("value", [[[1, 2]], 3, [2, -2]])
def test_what_is_no_shape_is_refused(value: Any) -> None:
    """A matrix, a scalar and sizes below -1 are no shapes."""
    with pytest.raises(ValueError, match=r"rank 1|Invalid value in tensor used for shape: -2"):
        constant_value_as_shape(tf.constant(value))


def test_static_shapes_follow() -> None:
    """Reshaping by computed sizes keeps what is known of them."""
    x = unknown(None, 3, 4)
    y = tf.reshape(x, tf.stack([tf.shape(x)[0], 12]))
    assert y.shape.as_list() == [None, 12]
    z = tf.reshape(x, tf.concat([tf.shape(x)[:1], [12]], 0))
    assert z.shape.as_list() == [None, 12]
    assert known_elements(tf.shape(x)) == [None, 3, 4]


def test_a_value_that_was_asked_for_cannot_be_fed(graph: Any) -> None:
    """The public function gives a copy and refuses feeds from then on; shape functions do not."""
    tensor = tf.constant([1, 2])
    tf.zeros(tensor)
    assert graph.is_feedable(tensor)
    value = public_constant_value(tensor)
    assert value is not None
    value[0] = 9
    assert constant_value(tensor).tolist() == [1, 2]
    assert not graph.is_feedable(tensor)
    assert public_constant_value_as_shape(tensor) == tf.TensorShape([1, 2])


def test_a_deep_or_branching_graph_is_answered_quickly() -> None:
    """Sharing is followed once; what is deeper than the limit is unknown."""
    tensor = tf.shape(unknown(1))
    for _ in range(40):
        tensor = tensor + tensor
        tensor = tensor // 2
    started = time.perf_counter()
    constant_value(tensor)
    constant_value_as_shape(tensor)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: tf.fill([2, -1], 0), "Fill dimensions must be >= 0"),
        (lambda x: tf.tile([[1]], [1]), "Shape must be rank 2 but is rank 1"),
        (lambda x: tf.expand_dims([1], [0, 1]), "'dim' input must be a tensor with a single value"),
        (lambda x: tf.concat([1, 2], x), r"Can't concatenate scalars \(use tf\.stack instead\)"),
        (lambda x: tf.concat([1, 2], x), r"with input shapes: \[\], \[\], \?\."),
        (lambda x: tf.split([1, 2], 2, [0, 1]), "Input must be scalar but has rank 1"),
        (lambda x: tf.split([1, 2], [1, 1], [0, 1]), "Input must be scalar but has rank 1"),
        (lambda x: tf.split([1, 2, 3], [1, -1, -1]), "size_splits can only have one -1"),
    ],
)
def test_known_values_that_do_not_fit_are_refused_when_building(build, message):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32)
        with pytest.raises(ValueError, match=message):
            build(x)


def test_a_split_into_two_open_parts_is_refused_when_it_runs():
    with tf.Graph().as_default(), tf.Session() as session:
        sizes = tf.placeholder(tf.int32, [3])
        parts = tf.split([1, 2, 3], sizes)
        with pytest.raises(tf.errors.InvalidArgumentError, match="only be one -1"):
            session.run(parts, {sizes: [1, -1, -1]})


@pytest.mark.parametrize(
    ("equation", "shape"),
    [("abc,cd->abd", (4, 7)), ("abc,acd->abd", (2, 4, 5)), ("abc,db->adc", (5, 3))],
)
def test_einsum_with_sizes_that_only_the_run_knows(equation, shape):
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, 3, 4)), rng.standard_normal(shape)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [None, 3, 4])
        y = tf.placeholder(tf.float64, [None] * len(shape))
        product = tf.einsum(equation, x, y)
        gradient = tf.gradients(product, y)[0]
        value, dy = session.run([product, gradient], {x: left, y: right})
    np.testing.assert_allclose(value, np.einsum(equation, left, right), atol=1e-12)
    assert product.shape.is_compatible_with(value.shape)
    assert dy.shape == shape


def test_eye_with_a_batch_size_that_only_the_run_knows():
    with tf.Graph().as_default(), tf.Session() as session:
        n = tf.placeholder(tf.int32, [])
        square, wide = session.run([tf.eye(2, batch_shape=[n]), tf.eye(2, 3, [1, n])], {n: 4})
    np.testing.assert_array_equal(square, np.broadcast_to(np.eye(2), (4, 2, 2)))
    np.testing.assert_array_equal(wide, np.broadcast_to(np.eye(2, 3), (1, 4, 2, 3)))


@pytest.mark.parametrize("value", [np.array([1, 2]), "hi", b"a", 1, 2.5, None, [1, 2], (1,)])
def test_what_is_no_tensor_is_its_own_value(value):
    assert tf.get_static_value(value) is value


def test_what_is_known_of_paddings():
    n = tf.placeholder(tf.int32, [])
    x = tf.ones([4, 4])
    for mode in ("CONSTANT", "REFLECT"):
        assert tf.pad(x, [[1, 2], [0, n]], mode).shape.as_list() == [7, None]
    assert tf.pad(x, tf.placeholder(tf.int32, [2, 2])).shape.as_list() == [None, None]


def test_a_permutation_of_one_axis_says_nothing():
    assert tf.transpose(unknown_rank(), [0]).shape.dims is None
    assert tf.transpose(unknown_rank(), [1, 0]).shape.as_list() == [None, None]


def unknown_rank():
    return tf.placeholder(tf.float32)


@pytest.mark.parametrize("move", [tf.space_to_batch, tf.batch_to_space])
def test_blocks_of_images_have_four_axes(move):
    assert move(unknown_rank(), [[0, 0], [0, 0]], 2).shape.as_list() == [None] * 4


@pytest.mark.parametrize("move", [tf.space_to_batch_nd, tf.batch_to_space_nd])
def test_what_lies_behind_blocks_stays(move):
    x = tf.placeholder(tf.float32, [4, 2, 3, 2])
    blocks = tf.placeholder(tf.int32, [2])
    assert move(x, blocks, [[0, 0], [0, 0]]).shape.as_list() == [None, None, None, 2]


def test_the_shape_of_joined_sparse_tensors_is_known():
    sparse = tf.SparseTensor([[0, 0]], [1.0], [2, 2])
    assert tf.sparse_concat(1, [sparse, sparse]).shape.as_list() == [2, 4]
    assert tf.sparse_concat(-2, [sparse, sparse, sparse]).shape.as_list() == [6, 2]
    late = tf.sparse_placeholder(tf.float32)
    assert tf.sparse_concat(0, [sparse, late]).shape.as_list() == [None, None]


def test_shapes_of_resources_are_known():
    v = tf.get_variable("v", shape=[5, 2], use_resource=True)
    slices = tf.gradients(tf.gather(v, [0, 1]), v)[0]
    assert tf.get_static_value(slices.dense_shape).tolist() == [5, 2]
    assert tf.convert_to_tensor(slices).shape.as_list() == [5, 2]
    zeros = tf.gradients(tf.constant(1.0), [v], unconnected_gradients="zero")[0]
    assert zeros.shape.as_list() == [5, 2]


def test_queues_of_one_list_have_shapes_in_common():
    def common(*shapes):
        queues = [tf.FIFOQueue(2, [tf.float32], [shape]) for shape in shapes]
        return tf.QueueBase.from_list(tf.constant(0), queues).dequeue().shape

    assert common([2, 3], [2, 4]).as_list() == [2, None]
    assert common([2, 3], [2, 3]).as_list() == [2, 3]
    assert common([2, 3], [2]).dims is None


def _windows(spatial: int) -> dict[str, Any]:
    sizes = [1, *[2] * spatial, 1]
    return {"ksize": sizes, "strides": sizes, "padding": "SAME"}


ONE_SIDED = {
    "a size that is not 1 is not broadcast": (
        lambda ops: ops.BroadcastTo(input=unknown(3, 1, 4), shape=tf.placeholder(tf.int32, [4])),
        [None, 3, None, 4],
    ),
    "the batch of matrices is that of either": (
        lambda ops: ops.BatchMatMul(x=unknown(2, 3, 4), y=tf.placeholder(tf.float32), adj_x=True),
        [2, 4, None],
    ),
    "a solution has the rows of the matrix": (
        lambda ops: ops.MatrixSolve(matrix=unknown(2, 3, 3), rhs=tf.placeholder(tf.float32)),
        [2, 3, None],
    ),
    "losses have the batch of the labels": (
        lambda ops: ops.SoftmaxCrossEntropyWithLogits(
            features=tf.placeholder(tf.float32), labels=unknown(4, 5)
        )[0],
        [4],
    ),
    "slopes have the batch of the labels": (
        lambda ops: ops.SparseSoftmaxCrossEntropyWithLogits(
            features=tf.placeholder(tf.float32), labels=unknown(4, dtype=tf.int32)
        )[1],
        [4, None],
    ),
    "joined strings have the shape of any that is known": (
        lambda ops: ops.StringJoin(
            inputs=[unknown(2, None, dtype=tf.string), tf.placeholder(tf.string)]
        ),
        [2, None],
    ),
    "a diagonal tells the batch": (
        lambda ops: ops.MatrixSetDiag(input=tf.placeholder(tf.float32), diagonal=unknown(2, 3)),
        [2, None, None],
    ),
    "windows lie on the input": (
        lambda ops: ops.MaxPoolGradGrad(
            orig_input=unknown(None, 5, 7, 3),
            orig_output=tf.placeholder(tf.float32),
            grad=tf.placeholder(tf.float32),
            **_windows(2),
        ),
        [None, 3, 4, 3],
    ),
    "windows lie on the input, of volumes": (
        lambda ops: ops.MaxPool3DGradGrad(
            orig_input=unknown(None, 5, 7, 6, 3),
            orig_output=unknown(2, None, None, None, None),
            grad=tf.placeholder(tf.float32),
            **_windows(3),
        ),
        [None, 3, 4, 3, 3],
    ),
}


@pytest.mark.parametrize("rule", ONE_SIDED)
def test_one_input_tells_the_shape(rule: str) -> None:
    """The other is of unknown rank; shapes are TensorFlow 1.15's."""
    build, dims = ONE_SIDED[rule]
    assert build(tf.raw_ops).shape.as_list() == dims
