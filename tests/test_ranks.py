"""Functions of tensors whose rank, axis or size is known only when the step runs."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")

A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.arange(12, dtype=np.float32).reshape(3, 4)
IMAGE = np.arange(12, dtype=np.float32).reshape(2, 2, 3)


def late(value):
    """A value of which only the dtype is known."""
    return tf.placeholder_with_default(np.asarray(value), None)


def late_scalar(value):
    return tf.placeholder_with_default(np.int32(value), [])


def evaluate(tensor):
    with tf.Session() as session:
        return session.run(tensor)


OF_ANY_RANK = {
    "tensordot 1": (lambda a, b: tf.tensordot(a, b, 1), A, B),
    "tensordot 0": (lambda a, b: tf.tensordot(a, b, 0), A, B),
    "tensordot 2": (lambda a, b: tf.tensordot(a, b, 2), A, A),
    "tensordot axes": (lambda a, b: tf.tensordot(a, b, [[1], [0]]), A, B),
    "tensordot several": (lambda a, b: tf.tensordot(a, b, [[0, -1], [1, 0]]), A, A.T),
    "spectral norm": (lambda a: tf.norm(a, ord=2, axis=[-2, -1]), A),
    "spectral norm, kept": (lambda a: tf.norm(a, ord=2, axis=[0, 1], keepdims=True), A),
    "norm": (lambda a: tf.norm(a, axis=-1), A),
    "softmax": (lambda a: tf.nn.softmax(a, axis=0), A),
    "softmax of the last": (lambda a: tf.nn.softmax(a), A),
    "log_softmax": (lambda a: tf.nn.log_softmax(a, axis=-2), A),
    "gather_nd": (lambda a: tf.gather_nd(a, [[0], [1]], batch_dims=1), A),
    "gather": (lambda a: tf.gather(a, [[0], [1]], batch_dims=1), A),
    "grey": (tf.image.rgb_to_grayscale, IMAGE),
    "embeddings, div": (
        lambda a, b: tf.nn.embedding_lookup([a, b], [0, 1, 2], partition_strategy="div"),
        A,
        A[:1],
    ),
    "embeddings": (lambda a, b: tf.nn.embedding_lookup([a, b], [0, 1, 2]), A, A[:1]),
}


@pytest.mark.parametrize("name", OF_ANY_RANK)
def test_ranks_may_be_unknown(name):
    function, *values = OF_ANY_RANK[name]
    expected, found = evaluate([function(*map(tf.constant, values)), function(*map(late, values))])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("name", OF_ANY_RANK)
def test_one_of_several_ranks_may_be_unknown(name):
    function, *values = OF_ANY_RANK[name]
    if len(values) == 1:
        values.append(None)
        expected = evaluate(function(tf.constant(values[0])))
        found = evaluate(function(tf.placeholder_with_default(values[0], [None] * values[0].ndim)))
    else:
        expected = evaluate(function(*map(tf.constant, values)))
        found = evaluate(function(tf.constant(values[0]), late(values[1])))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


SPARSE = ([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
OF_ANY_AXIS = {
    "softmax": (lambda axis: tf.nn.softmax(tf.constant(A), axis=axis), 0),
    "softmax of the last": (lambda axis: tf.nn.softmax(tf.constant(A), axis=axis), 1),
    "softmax from behind": (lambda axis: tf.nn.softmax(tf.constant(A), axis=axis), -2),
    "log_softmax": (lambda axis: tf.nn.log_softmax(tf.constant(A), axis=axis), 0),
    "tensordot": (lambda axes: tf.tensordot(tf.constant(A), tf.constant(B), axes), 1),
    **{
        f"rot90 {k}": (lambda k: tf.image.rot90(tf.constant(IMAGE), k=k), k)
        for k in (-1, 0, 1, 2, 7)
    },
    **{
        f"sparse expand_dims {axis}": (
            lambda axis: tf.sparse.to_dense(tf.sparse.expand_dims(tf.SparseTensor(*SPARSE), axis)),
            axis,
        )
        for axis in (-1, -2, 0, 1)
    },
}


@pytest.mark.parametrize("name", OF_ANY_AXIS)
def test_axes_may_be_tensors(name):
    function, value = OF_ANY_AXIS[name]
    expected = evaluate(function(value))
    np.testing.assert_allclose(evaluate(function(tf.constant(value))), expected, rtol=1e-6)
    np.testing.assert_allclose(evaluate(function(late_scalar(value))), expected, rtol=1e-6)


def test_the_rank_of_a_sparse_tensor_may_be_unknown():
    indices, values, shape = map(np.asarray, SPARSE)
    sparse = tf.SparseTensor(late(indices), late(values), late(shape))
    dense = tf.sparse.to_dense(tf.sparse.expand_dims(sparse, 1))
    assert evaluate(dense).tolist() == [[[1, 0, 0]], [[0, 0, 2]]]


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_sizes_may_be_of_both_integer_types(dtype):
    size, zero = tf.constant(3, dtype), tf.constant(0, dtype)
    padded = tf.image.pad_to_bounding_box(tf.ones([2, 2, 1]), 0, zero, size, size)
    assert padded.shape.as_list() == [3, 3, 1]
    reset = tf.sparse_reset_shape(
        tf.SparseTensor(*SPARSE), late(np.array([4, 5], dtype.as_numpy_dtype))
    )
    assert reset.dense_shape.dtype is tf.int64
    values, shape = evaluate([padded[..., 0], reset.dense_shape])
    assert values.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert shape.tolist() == [4, 5]


def test_empty_lists_are_booleans_where_nothing_else_may_be():
    empty = [tf.reduce_all([]), tf.reduce_any([]), tf.reduce_all([[], []], 1)]
    assert [np.asarray(v).tolist() for v in evaluate(empty)] == [True, False, [True, True]]


def test_an_array_is_a_list_of_its_rows():
    assert evaluate(tf.parallel_stack(A)).tolist() == A.tolist()
