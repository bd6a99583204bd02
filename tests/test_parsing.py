"""Reading of records beyond the records of the ops: errors, features, messages of our own."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tfsession as tf
from tests.cases.parsing import example, feature, features, sequence, steps
from tfsession.protos import Example, SequenceExample

ONE = example(a=feature(1.0, 2.0), b=feature(3))
TWO = example(a=feature(3.0, 4.0), b=feature(4, 5))
STEPS = sequence(features(n=feature(2)), x=steps(feature(1.0, 2.0), feature(3.0, 4.0)))

pytestmark = pytest.mark.usefixtures("graph")


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def fixed(*shape, dtype=tf.float32, default=None):
    return tf.FixedLenFeature(list(shape), dtype, default)


# ---- Messages ----


def test_the_messages_of_the_records_are_messages():
    assert Example.FromString(TWO).features.feature["b"].int64_list.value == [4, 5]
    lists = SequenceExample.FromString(STEPS).feature_lists.feature_list
    assert [list(step.float_list.value) for step in lists["x"].feature] == [[1, 2], [3, 4]]


def test_a_large_batch():
    rng = np.random.default_rng(0)
    pixels = rng.random((500, 20), np.float32)
    batch = [example(x=feature(*row.tolist()), y=feature(i)) for i, row in enumerate(pixels)]
    found = run(tf.parse_example(batch, {"x": fixed(4, 5), "y": fixed(dtype=tf.int64)}))
    np.testing.assert_array_equal(found["x"], pixels.reshape(500, 4, 5))
    np.testing.assert_array_equal(found["y"], np.arange(500))


# ---- Errors of a run ----


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (fixed(dtype=tf.string),
         "Name: <unknown>, Feature: a (data type: string) is required but could not be found."),
        (fixed(2, dtype=tf.int64),
         "Name: <unknown>, Key: a, Index: 0.  Data types don't match. Data type: float but "
         "expected type: int64"),
        (tf.VarLenFeature(tf.int64), "Key: a, Index: 0.  Data types don't match."),
        (fixed(3),
         "Key: a, Index: 0.  Number of float values != expected.  Values size: 2 but output "
         "shape: [3]"),
        (tf.FixedLenSequenceFeature([3], tf.float32, allow_missing=True),
         "Number of float values is not a multiple of stride length. Saw 2 values but output "
         "shape is: [?,3]"),
    ],
)  # fmt: skip
def test_an_example_that_does_not_fit(wanted, text):
    batch = [example()] if "required" in text else [ONE, TWO]
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(tf.parse_example(batch, {"a": wanted}))


def test_examples_have_names_in_messages():
    parsed = tf.parse_example([ONE, TWO], {"c": fixed()}, example_names=["first", "second"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Name: first, Feature: c"):
        run(parsed)


def test_what_is_no_message():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse example input"):
        run(tf.parse_example([b"\xff\xff"], {"a": fixed()}))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid protocol message input"):
        run(tf.io.parse_single_sequence_example(b"\xff\xff", {"a": fixed()}))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse `serialized`"):
        run(tf.parse_tensor("zz", tf.int32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Error while parsing JSON"):
        run(tf.decode_json_example(["{x"]))


@pytest.mark.parametrize(
    ("key", "wanted", "text"),
    [
        ("z", tf.FixedLenSequenceFeature([2], tf.float32), "Feature list 'z' is required but"),
        ("x", tf.FixedLenSequenceFeature([2], tf.int64),
         "Feature list: x, Index: 0.  Data types don't match. Expected type: int64"),
        ("x", tf.FixedLenSequenceFeature([3], tf.float32),
         "Feature list 'x' has an unexpected number of values.  Total values size: 4 is not "
         "consistent with output shape: [?,3]"),
    ],
)  # fmt: skip
def test_a_sequence_that_does_not_fit(key, wanted, text):
    parsed = tf.io.parse_single_sequence_example(STEPS, sequence_features={key: wanted})
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(parsed)


# ---- Errors of the graph ----


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (fixed(None), "First dimension of shape for feature a unknown. Consider using"),
        (fixed(2, None), "All dimensions of shape for feature a need to be known"),
        (tf.VarLenFeature(None), "Missing type for feature a."),
        (tf.FixedLenSequenceFeature([2], tf.float32), "requires allow_missing to be True."),
        (3, "Unsupported int 3."),
    ],
)
def test_features_that_are_not_complete(wanted, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        tf.parse_example([ONE], {"a": wanted})


def test_no_features():
    with pytest.raises(ValueError, match="Missing"):
        tf.parse_example([ONE], {})
    with pytest.raises(ValueError, match="Input serialized must be a scalar"):
        tf.parse_single_example([ONE], {"a": fixed(2)})


def test_static_shapes():
    serialized = tf.placeholder(tf.string, [None])
    parsed = tf.parse_example(serialized, {"a": fixed(2), "b": tf.VarLenFeature(tf.int64)})
    assert parsed["a"].shape.as_list() == [None, 2]
    assert parsed["b"].indices.shape.as_list() == [None, 2]
    assert parsed["a"].op.type == "ParseExample"
    assert parsed["a"].op.name == "ParseExample/ParseExample"


# ---- Comma-separated values ----


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("1,2", "Expect 3 fields but have 2 in record 0"),
        ("1,2,3,4", "Expect 3 fields but have 4 in record 0"),
        ("x,2,3", "Field 0 in record 0 is not a valid int32: x"),
        ("1,x,3", "Field 1 in record 0 is not a valid float: x"),
        ("1,,3", "Field 1 is required but missing in record 0!"),
        ('1,2,a"', "Unquoted fields cannot have quotes/CRLFs inside"),
        ('1,2,"a', "Quoted field has to end with quote followed by delim or end"),
        ('1,2,"a"b', "Quote inside a string has to be escaped by another quote"),
    ],
)
def test_a_record_that_does_not_fit(record, text):
    columns = tf.decode_csv([record], [[0], tf.constant([], tf.float32), [""]])
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        run(columns)


def test_selected_columns():
    with pytest.raises(ValueError, match="not strictly increasing"):
        tf.decode_csv(["1,2"], [[0], [0]], select_cols=[1, 0])
    with pytest.raises(ValueError, match="negative"):
        tf.decode_csv(["1,2"], [[0]], select_cols=[-1])
    with pytest.raises(ValueError, match="do not match"):
        tf.decode_csv(["1,2"], [[0]], select_cols=[0, 1])
    with pytest.raises(ValueError, match="length-0 or length-1 vector"):
        tf.decode_csv(["1"], [[0, 1]])


def test_a_parsed_tensor_has_the_dtype_asked_for():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=re.escape("(float) and dtype (int32)")
    ):
        run(tf.parse_tensor(tf.serialize_tensor([1.0]), tf.int32))


def test_more_values_than_positions():
    given = example(i=feature(1), v=feature(1.0, 2.0))
    wanted = {"s": tf.SparseFeature("i", "v", tf.float32, 5)}
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices = 1, values = 2"):
        run(tf.parse_example([given], wanted))


def test_tensors_are_parsed_one_by_one():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"to be a scalar, got shape: \[1\]"):
        run(tf.parse_tensor(tf.placeholder_with_default(["a"], None), tf.float32))
