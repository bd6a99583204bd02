"""Sparse tensors beyond the records of their ops: functions made of ops, errors, shapes."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tfsession as tf

INDICES = [[0, 1], [0, 3], [2, 0]]

pytestmark = pytest.mark.usefixtures("graph")


def run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


def matrix(values=(1.0, 2.0, 3.0), indices=INDICES, shape=(3, 4)):
    return tf.SparseTensor(indices, values, shape)


def late(value, dtype=tf.int64):
    """A tensor of which the graph knows nothing."""
    return tf.placeholder_with_default(tf.constant(value, dtype), None)


def dense(tensor):
    return run(tf.sparse_tensor_to_dense(tensor)).tolist()


# ---- Fetching and feeding ----


def test_fetched_and_fed_as_a_value():
    tensor = tf.sparse_placeholder(tf.float32)
    value = tf.SparseTensorValue(np.array(INDICES), np.array([1, 2, 3], np.float32), (3, 4))
    found = run(tensor, {tensor: value})
    assert isinstance(found, tf.SparseTensorValue)
    assert found.indices.tolist() == INDICES
    assert run(tf.sparse_reduce_sum(tensor), {tensor: value}) == 6


# ---- Functions made of other ops ----


def test_retain():
    found = run(tf.sparse_retain(matrix(), [True, False, True]))
    assert found.indices.tolist() == [[0, 1], [2, 0]]
    assert found.values.tolist() == [1, 3]


def test_reset_shape():
    assert run(tf.sparse_reset_shape(matrix())).dense_shape.tolist() == [3, 4]
    smaller = tf.SparseTensor([[0, 1]], [1.0], [5, 6])
    assert run(tf.sparse_reset_shape(smaller)).dense_shape.tolist() == [1, 2]
    assert run(tf.sparse_reset_shape(smaller, [7, 6])).dense_shape.tolist() == [7, 6]
    with pytest.raises(ValueError, match="no smaller"):
        tf.sparse_reset_shape(smaller, [4, 6])
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.sparse_reset_shape(smaller, late([4, 6])))


def test_transpose():
    assert dense(tf.sparse_transpose(matrix())) == np.transpose(dense(matrix())).tolist()
    assert tf.sparse_transpose(matrix()).shape.as_list() == [4, 3]


def test_merge_and_indicator():
    ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([3, 1, 0], tf.int64), [2, 2])
    values = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0.5, 1.5, 2.5], [2, 2])
    assert dense(tf.sparse_merge(ids, values, 4)) == [[0, 1.5, 0, 0.5], [2.5, 0, 0, 0]]
    indicator = run(tf.sparse_to_indicator(ids, 4))
    assert indicator.tolist() == [[False, True, False, True], [True, False, False, False]]


def test_mask():
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [3.0]]), tf.constant([5, 7, 9]))
    found = tf.sparse_mask(slices, [7])
    assert run(found.indices).tolist() == [5, 9]
    assert run(found.values).tolist() == [[1], [3]]


def test_dense_and_back():
    x = tf.constant([[0, 2, 0], [0, 0, 3]])
    found = run(tf.sparse.from_dense(x))
    assert found.indices.tolist() == [[0, 1], [1, 2]]
    assert found.values.tolist() == [2, 3]
    assert dense(tf.sparse.eye(2, 3)) == [[1, 0, 0], [0, 1, 0]]
    assert run(tf.sparse.expand_dims(matrix(), 1)).dense_shape.tolist() == [3, 1, 4]


def test_a_dense_matrix_by_a_sparse_one():
    a = tf.constant(np.arange(6.0).reshape(2, 3), tf.float32)
    wanted = np.arange(6.0).reshape(2, 3) @ np.array(dense(matrix()))
    np.testing.assert_allclose(run(tf.sparse_tensor_dense_matmul(a, matrix())), wanted)


def test_operators():
    row = tf.constant([2.0, 2.0, 4.0, 4.0])
    assert run(matrix() * row).values.tolist() == [2, 8, 6]
    assert run(matrix() / row).values.tolist() == [0.5, 0.5, 1.5]


def test_split_takes_keywords():
    with pytest.raises(ValueError, match="Keyword arguments are required"):
        tf.sparse_split(matrix(), 2, 1)
    parts = tf.sparse_split(sp_input=matrix(), num_split=2, axis=1)
    assert [dense(part) for part in parts] == [[[0, 1], [0, 0], [3, 0]], [[0, 2], [0, 0], [0, 0]]]


def test_a_huge_product_is_summed_in_parts(monkeypatch):
    from tfsession.kernels import sparse as kernels

    monkeypatch.setattr(kernels, "_PRODUCT_ELEMENTS", 8)
    rng = np.random.default_rng(0)
    a = rng.standard_normal((5, 9)) * (rng.random((5, 9)) < 0.7)
    b = rng.standard_normal((9, 4))
    found = run(tf.sparse_tensor_dense_matmul(tf.sparse.from_dense(a), b))
    np.testing.assert_allclose(found, a @ b)


# ---- Errors ----


@pytest.mark.parametrize(
    ("indices", "text"),
    [
        (
            [[0, 3], [0, 1]],
            "indices[1] = [0,1] is out of order. Many sparse ops require sorted indices.",
        ),
        ([[0, 1], [0, 1]], "indices[1] = [0,1] is repeated"),
        ([[0, 1], [9, 0]], "indices[1] = [9,0] is out of bounds: need 0 <= index < [3,4]"),
    ],
)
def test_indices_of_a_dense_tensor(indices, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(tf.sparse_to_dense(indices, [3, 4], [1.0, 2.0]))


def test_shapes_that_do_not_fit():
    with pytest.raises(tf.errors.InvalidArgumentError, match="has 13"):
        run(tf.sparse_reshape(matrix(), late([13])))
    with pytest.raises(ValueError, match="Cannot reshape a tensor with 12 elements"):
        tf.sparse_reshape(matrix(), [13])
    with pytest.raises(tf.errors.InvalidArgumentError, match="inner dimension does not match"):
        run(tf.sparse_tensor_dense_matmul(matrix(), late([[1.0]], tf.float32)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="segment ids are not increasing"):
        run(tf.sparse_segment_sum([[1.0], [2.0]], [0, 1], [1, 0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        run(tf.sparse_segment_sum([[1.0], [2.0]], [0, 2], [0, 0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="broadcasts dense to sparse only"):
        run((matrix() * late([1.0, 2.0], tf.float32)).values)


def test_what_is_not_sparse():
    with pytest.raises(TypeError, match="Input must be a SparseTensor"):
        tf.sparse_reorder(tf.constant([1.0]))
    with pytest.raises(TypeError, match="At least one input should be SparseTensor"):
        tf.sparse_add([1.0], [2.0])


def test_the_gradient_that_tensorflow_lacks():
    x = tf.constant([1.0, 2.0, 3.0])
    y = tf.raw_ops.SparseDenseCwiseAdd(
        sp_indices=INDICES, sp_values=x, sp_shape=[3, 4], dense=tf.ones([4])
    )
    with pytest.raises(NotImplementedError, match="SparseDenseCwiseAdd"):
        tf.gradients(y, x)


# ---- Static shapes ----


def test_static_shapes():
    assert tf.sparse_tensor_to_dense(matrix()).shape.as_list() == [3, 4]
    assert tf.sparse_reduce_sum(matrix(), 1).shape.as_list() == [3]
    assert tf.sparse_reshape(matrix(), [2, -1]).shape.as_list() == [2, 6]
    assert tf.sparse_add(matrix(), matrix()).shape.as_list() == [3, 4]
    assert tf.sparse_tensor_dense_matmul(matrix(), tf.ones([4, 5])).shape.as_list() == [3, 5]
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 4 and 3"):
        tf.sparse_tensor_dense_matmul(matrix(), tf.ones([3, 5]))


# ---- Embeddings ----


def test_empty_rows_have_no_embedding():
    table = tf.constant([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([0, 2, -1], tf.int64), [3, 2])
    found = tf.nn.safe_embedding_lookup_sparse(table, ids, combiner="mean")
    assert run(found).tolist() == [[2.5, 2.5], [0, 0], [0, 0]]
    found = tf.nn.safe_embedding_lookup_sparse(table, ids, combiner="sum", default_id=1)
    assert run(found).tolist() == [[5, 5], [2, 2], [2, 2]]


def test_an_embedding_learns():
    table = tf.get_variable("table", initializer=np.ones((4, 2), np.float32))
    ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 3, 3], tf.int64), [2, 2])
    rows = tf.nn.embedding_lookup_sparse(table, ids, None, combiner="sum")
    (gradient,) = tf.gradients(tf.reduce_sum(rows), [table])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = session.run(tf.convert_to_tensor(gradient))
    assert found.tolist() == [[0, 0], [1, 1], [0, 0], [2, 2]]


@pytest.mark.parametrize("name", "abs negative sign square sqrt tanh erf".split())
def test_functions_of_the_values(name):
    function = getattr(tf, name)
    given = matrix()
    found, values = run([function(given), function(given.values)])
    assert found.indices.tolist() == INDICES
    np.testing.assert_array_equal(found.values, values)


def test_identity():
    found = run(tf.identity(matrix()))
    assert (found.indices.tolist(), found.values.tolist()) == (INDICES, [1.0, 2.0, 3.0])


def test_sizes_to_infer():
    with pytest.raises(ValueError, match="At most one dimension can be inferred"):
        tf.sparse_reshape(matrix(), [-1, -1])
    with pytest.raises(
        ValueError, match=re.escape("a tensor with 12 elements to shape [-1, 5] (10 elements).")
    ):
        tf.sparse_reshape(matrix(), [-1, 5])
    assert tf.sparse_reshape(matrix(), [-1, 2]).shape == [6, 2]
    assert tf.sparse_reshape(matrix(), late([6, 2])).shape.ndims is None


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: tf.sparse_reduce_sum(matrix(), 2), "Invalid reduction dimension 2, for input"),
        (
            lambda: tf.sparse_softmax(tf.SparseTensor([[0]], [1.0], [3])),
            "Input should have rank >= 2, but received shape: 3",
        ),
        (
            lambda: tf.sparse_reorder(
                tf.SparseTensor(late([[0, 0]]), late([1.0, 2.0], tf.float32), [2, 2])
            ),
            "indices and values rows (indexing dimension) must match. (indices = 1, values = 2)",
        ),
    ],
    ids=["reduce_sum", "softmax", "reorder"],
)
def test_errors_when_run(make, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(make())


# ---- As strings ----


def test_there_and_back():
    rows = tf.serialize_many_sparse(matrix())
    assert rows.shape.as_list() == [None, 3]
    found = run(tf.deserialize_many_sparse(rows, tf.float32, rank=1))
    assert (found.indices.tolist(), found.dense_shape.tolist()) == (INDICES, [3, 4])
    one = tf.serialize_sparse(tf.SparseTensorValue([[1]], ["a"], [2]))
    two = tf.serialize_sparse(tf.SparseTensor([[0], [2]], ["b", "c"], [3]))
    found = run(tf.deserialize_many_sparse(tf.stack([one, two]), tf.string))
    assert found.indices.tolist() == [[0, 1], [1, 0], [1, 2]]
    assert found.values.tolist() == [b"a", b"b", b"c"]
    assert found.dense_shape.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: [["a", "b", "c"]], "Could not parse serialized_sparse[0, 0]"),
        (
            lambda: tf.serialize_sparse(matrix([1, 2, 3]))[tf.newaxis],
            "Requested SparseTensor of type float but SparseTensor[0].values.dtype() == int32",
        ),
        (
            lambda: tf.stack(
                [
                    tf.serialize_sparse(matrix()),
                    tf.serialize_sparse(tf.SparseTensor([[0]], [1.0], [3])),
                ]
            ),
            "rank prior to SparseTensor[1] was: 2 but rank of SparseTensor[1] is: 1",
        ),
        (lambda: tf.zeros([0, 3], tf.string), "Must have at least 1 serialized SparseTensor"),
        (lambda: late(["a"], tf.string), "Serialized sparse should have 3 as the last dimension"),
    ],
    ids=["no tensor", "another dtype", "another rank", "none", "another shape"],
)
def test_strings_of_something_else(make, text):
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(tf.deserialize_many_sparse(make(), tf.float32))


def test_wrong_uses_of_strings():
    with pytest.raises(TypeError, match="must be a SparseTensor"):
        tf.serialize_sparse([1.0])
    with pytest.raises(ValueError, match="Dimension"):
        tf.deserialize_many_sparse([["a", "b"]], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="should be > 1, but saw rank: 1"):
        run(tf.serialize_many_sparse(tf.SparseTensor([[0]], [1.0], [3])))


def test_dense_tensors_are_multiplied_by_sparse_ones():
    numbers = np.arange(12, dtype=np.float32).reshape(3, 4)
    variable = tf.Variable(numbers)
    for product in (tf.constant(numbers) * matrix(), matrix() * numbers, variable * matrix()):
        assert isinstance(product, tf.SparseTensor)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            found = session.run(tf.sparse_tensor_to_dense(product))
        np.testing.assert_array_equal(found, numbers * dense(matrix()))
    with pytest.raises(TypeError):
        2.0 * matrix()


def test_indices_outside_the_shape_are_merged_alike():
    """Recorded from TensorFlow 1.15.5."""
    a = tf.SparseTensor([[0, 5], [3, 1]], [1.0, 2.0], [2, 2])
    b = tf.SparseTensor([[0, 5]], [1.0], [2, 2])
    before = tf.SparseTensor([[0, -1]], [1.0], [2, 2])
    for merged, indices, values in [
        (tf.sparse_add(a, b), [[0, 5], [3, 1]], [2, 2]),
        (tf.sparse_add(a, b, thresh=2.5), [[3, 1]], [2]),
        (tf.sparse_add(before, b), [[0, -1], [0, 5]], [1, 1]),
        (tf.sparse_maximum(a, b), [[0, 5], [3, 1]], [1, 2]),
        (tf.sparse_minimum(before, b), [[0, -1], [0, 5]], [0, 0]),
    ]:
        found = run(merged)
        assert found.indices.tolist() == indices
        assert found.values.tolist() == values
        assert found.dense_shape.tolist() == [2, 2]
