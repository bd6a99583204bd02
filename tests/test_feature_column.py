"""Feature columns. Names, numbers and texts are TensorFlow 1.15's."""

import re

import numpy as np
import pytest

import tfsession as tf

columns = tf.feature_column


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def features():
    return {
        "n": tf.constant([[-1.0], [5.0], [20.0]]),
        "n2": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        "v": tf.constant([["a"], ["q"], ["c"]]),
        "h": tf.constant([["a", "b"], ["c", "b"], ["zz", "k"]]),
        "hi": tf.constant([1, -1, 100]),
        "i": tf.constant([[1], [7], [-2]]),
        "wt": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    }


def value_of(tensor):
    """The value of a tensor where variable number k has ``0.5 * sin(0.7 * arange(n) + k)``."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for number, variable in enumerate(tf.global_variables()):
            shape = variable.get_shape().as_list()
            size = int(np.prod(shape))
            variable.load((0.5 * np.sin(0.7 * np.arange(size) + number)).reshape(shape), session)
        return session.run(tensor)


def words(**options):
    return columns.categorical_column_with_vocabulary_list("v", ["a", "b", "c"], **options)


def hashes():
    return columns.categorical_column_with_hash_bucket("h", 7)


def weighted():
    return columns.weighted_categorical_column(hashes(), "wt")


NUMBERS = columns.numeric_column("n")
BUCKETS = columns.bucketized_column(NUMBERS, [0.0, 10.0])
DOUBLED = columns.numeric_column("n2", shape=2, normalizer_fn=lambda x: x * 2)

DENSE = {
    "numbers, by name": ([DOUBLED, NUMBERS], [[-1, 2, 4], [5, 6, 8], [20, 10, 12]]),
    "buckets": ([BUCKETS], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "words": (
        [columns.indicator_column(words(num_oov_buckets=2))],
        [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 1, 0, 0]],
    ),
    "weights": (
        [columns.indicator_column(weighted())],
        [[0, 0, 2, 0, 0, 1, 0], [0, 0, 4, 0, 0, 3, 0], [0, 11, 0, 0, 0, 0, 0]],
    ),
    "integers by hash": (
        [
            columns.indicator_column(
                columns.categorical_column_with_hash_bucket("hi", 7, dtype=tf.int64)
            )
        ],
        [[0, 0, 0, 0, 0, 1, 0], [0] * 7, [0, 0, 0, 0, 1, 0, 0]],
    ),
    "ids": (
        [columns.indicator_column(columns.categorical_column_with_identity("i", 5, 0))],
        [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]],
    ),
    "embedding": (
        [columns.embedding_column(hashes(), 3)],
        [[-0.4378, -0.4904, -0.3124], [-0.4378, -0.4904, -0.3124], [0.4316, 0.1675, -0.1754]],
    ),
    "weighted embedding": (
        [columns.embedding_column(weighted(), 3, combiner="sqrtn", max_norm=0.5)],
        [[-0.4028, -0.4521, -0.2888], [-0.4207, -0.4717, -0.3008], [0.6079, 0.2359, -0.247]],
    ),
}


@pytest.mark.parametrize("case", DENSE)
def test_columns_lie_side_by_side(case):
    used, expected = DENSE[case]
    found = columns.input_layer(features(), used)
    assert found.op.name == f"input_layer/concat{'/concat' if len(used) == 1 else ''}"
    np.testing.assert_allclose(value_of(found), expected, atol=1e-4)


def test_a_table_may_be_shared():
    other = columns.categorical_column_with_vocabulary_list("u", ["a", "b", "c"], num_oov_buckets=2)
    shared = columns.shared_embedding_columns([words(num_oov_buckets=2), other], 4)
    given = {**features(), "u": tf.constant([["b"], ["b"], ["a"]])}
    variables, outputs = {}, {}
    found = columns.input_layer(
        given, shared, cols_to_vars=variables, cols_to_output_tensors=outputs
    )
    (table,) = tf.global_variables()
    assert table.op.name == "input_layer/u_v_shared_embedding/embedding_weights"
    assert table in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)
    assert sorted(map(len, variables.values())) == [0, 1]
    assert outputs[shared[0]].op.name == "input_layer/u_v_shared_embedding_1/Reshape"
    assert value_of(found).shape == (3, 8)


LINEAR = {
    "numbers": ([NUMBERS], 2, "mean", [[0.4207, 0.1737], [0.4207, 2.1064], [0.4207, 6.938]]),
    "numbers and buckets": ([DOUBLED, BUCKETS], 1, "sum", [[2.1638], [3.5274], [4.6577]]),
    "words": ([words(num_oov_buckets=2)], 1, "sum", [[0.4207], [0.5882], [0.9135]]),
}


@pytest.mark.parametrize("case", LINEAR)
def test_linear_models_weigh_columns(case):
    used, units, combiner, expected = LINEAR[case]
    variables = {}
    found = columns.linear_model(
        features(), used, units, sparse_combiner=combiner, cols_to_vars=variables
    )
    np.testing.assert_allclose(value_of(found), expected, atol=1e-4)
    assert variables["bias"][0].op.name == "linear_model/bias_weights"
    names = sorted(column.name for column in used)
    assert [v.op.name for v in tf.trainable_variables()] == [
        *(f"linear_model/{name}/weights" for name in names),
        "linear_model/bias_weights",
    ]


def test_a_second_layer_has_variables_of_its_own():
    for _ in range(2):
        columns.input_layer(features(), [columns.embedding_column(hashes(), 2)])
    assert [v.op.name for v in tf.global_variables()] == [
        "input_layer/h_embedding/embedding_weights",
        "input_layer_1/h_embedding/embedding_weights",
    ]


def test_words_come_from_files(tmp_path):
    path = tmp_path / "words"
    path.write_text("x\ny\nz\n")
    column = columns.categorical_column_with_vocabulary_file("f", str(path), num_oov_buckets=1)
    assert (column.vocabulary_size, column.num_buckets) == (3, 4)
    ragged = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["x", "z", "q"], [3, 2])
    found = columns.input_layer({"f": ragged}, [columns.indicator_column(column)])
    assert value_of(found).tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_examples_are_parsed_for_columns():
    spec = columns.make_parse_example_spec([BUCKETS, columns.indicator_column(weighted())])
    assert spec == {
        "n": tf.FixedLenFeature((1,), tf.float32),
        "h": tf.VarLenFeature(tf.string),
        "wt": tf.VarLenFeature(tf.float32),
    }
    with pytest.raises(ValueError, match="contain different parse_spec for key n"):
        columns.make_parse_example_spec([NUMBERS, columns.numeric_column("n", shape=2)])


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: columns.numeric_column("a", shape=0),
            ValueError,
            "shape dimensions must be greater than 0. shape: (0,), key: a",
        ),
        (
            lambda: columns.numeric_column("a", default_value=[1, 2]),
            ValueError,
            "The shape of default_value must be equal to given shape. default_value: [1, 2], shape",
        ),
        (
            lambda: columns.numeric_column("a", dtype=tf.int32, default_value=1.5),
            TypeError,
            "default_value must be compatible with dtype. default_value: 1.5, dtype: ",
        ),
        (
            lambda: columns.bucketized_column(NUMBERS, [2, 1]),
            ValueError,
            "boundaries must be a sorted list.",
        ),
        (
            lambda: columns.categorical_column_with_vocabulary_list("a", ["a", "a"]),
            ValueError,
            "Duplicate keys in vocabulary_list ['a', 'a'], column_name: a",
        ),
        (
            lambda: columns.categorical_column_with_hash_bucket("a", 0),
            ValueError,
            "hash_bucket_size must be at least 1. hash_bucket_size: 0, key: a",
        ),
        (
            lambda: columns.categorical_column_with_identity("a", 5, 7),
            ValueError,
            "default_value 7 not in range [0, 5), column_name a",
        ),
        (
            lambda: columns.embedding_column(hashes(), 0),
            ValueError,
            "Invalid dimension 0.",
        ),
        (
            lambda: columns.input_layer(features(), [words()]),
            ValueError,
            "Items of feature_columns must be a _DenseColumn. You can wrap a categorical column",
        ),
        (
            lambda: columns.input_layer({"z": tf.constant([1.0])}, [NUMBERS]),
            ValueError,
            "Feature n is not in features dictionary.",
        ),
        (
            lambda: columns.input_layer(features(), [NUMBERS, NUMBERS]),
            ValueError,
            "Duplicate feature column name found for columns:",
        ),
        (
            lambda: columns.input_layer(
                {"v": tf.constant([1])}, [columns.indicator_column(words())]
            ),
            ValueError,
            "Column dtype and SparseTensors dtype must be compatible. key: v, column dtype:",
        ),
    ],
)
def test_mistakes_are_told_as_tensorflow_tells_them(make, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        make()
