"""Turning values and op calls into operations: conversion, inference of attributes, errors."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession import registry
from tfsession.graph.build import build, convert_shape, register_tensor_conversion_function

pytestmark = pytest.mark.usefixtures("graph")


def nodes(graph):
    return [(op.name, op.type, [t.name for t in op.inputs]) for op in graph.get_operations()]


# ---- Conversion ----


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (1.5, tf.float32, []),
        (3, tf.int32, []),
        (1 << 40, tf.int64, []),
        (True, tf.bool, []),
        ("text", tf.string, []),
        ([1, 2.5], tf.float32, [2]),
        ([[1], [2]], tf.int32, [2, 1]),
        ([], tf.float32, [0]),
        (np.float64(2), tf.float64, []),
        (np.arange(3), tf.int64, [3]),
        (tf.TensorShape([2, 3]), tf.int32, [2]),
    ],
)
def test_values_become_constants_of_their_dtype(value, dtype, shape):
    tensor = tf.convert_to_tensor(value)
    assert (tensor.dtype, tensor.shape.as_list()) == (dtype, shape)


def test_a_tensor_is_converted_to_itself_or_not_at_all():
    a = tf.placeholder(tf.float32, name="a")
    assert tf.convert_to_tensor(a) is a
    assert tf.convert_to_tensor(a, tf.float32) is a
    with pytest.raises(
        ValueError,
        match=r"^Tensor conversion requested dtype int32 for Tensor with dtype float32: ",
    ):
        tf.convert_to_tensor(a, tf.int32)
    with pytest.raises(ValueError, match=r"^None values not supported\.$"):
        tf.convert_to_tensor(None)


def test_preferred_dtype_gives_way():
    assert tf.convert_to_tensor(3, preferred_dtype=tf.float64).dtype == tf.float64
    assert tf.convert_to_tensor("x", preferred_dtype=tf.float64).dtype == tf.string


def test_lists_that_hold_tensors_are_packed(graph):
    a = tf.placeholder(tf.float32, name="a")
    tf.convert_to_tensor([a, 2.0, 3.0], name="cv")
    tf.convert_to_tensor([[a, 2.0], [3.0, a]])
    assert nodes(graph)[1:] == [
        ("cv/1", "Const", []),
        ("cv/2", "Const", []),
        ("cv", "Pack", ["a:0", "cv/1:0", "cv/2:0"]),
        ("packed/0/1", "Const", []),
        ("packed/0", "Pack", ["a:0", "packed/0/1:0"]),
        ("packed/1/0", "Const", []),
        ("packed/1", "Pack", ["packed/1/0:0", "a:0"]),
        ("packed", "Pack", ["packed/0:0", "packed/1:0"]),
    ]


def test_programs_teach_conversion_their_types():
    class Celsius:
        def __init__(self, degrees):
            self.degrees = degrees

    def convert(value, dtype=None, name=None, as_ref=False):
        return tf.constant(value.degrees, dtype, name=name)

    register_tensor_conversion_function(Celsius, convert)
    assert tf.convert_to_tensor(Celsius(20.5)).dtype == tf.float32
    with pytest.raises(TypeError, match=r"^base_type must be a type or a tuple of types"):
        register_tensor_conversion_function(3, convert)
    with pytest.raises(TypeError, match=r"^conversion_func must be callable"):
        register_tensor_conversion_function(Celsius, 3)


def test_shapes_are_int32_unless_they_are_large():
    assert convert_shape([2, 3]).dtype == tf.int32
    assert convert_shape([]).dtype == tf.int32
    assert convert_shape(tf.TensorShape([1 << 40])).dtype == tf.int64
    with pytest.raises(
        ValueError, match=r"^Cannot convert a partially known TensorShape to a Tensor"
    ):
        convert_shape(tf.TensorShape([None, 2]))


# ---- Op calls ----


def test_constants_of_inputs_are_named_after_the_operation(graph):
    a = tf.placeholder(tf.float32, [2], name="a")
    build("Reshape", a, [1, 2])
    build("Reshape", a, [1, 2], name="mine")
    assert nodes(graph)[1:] == [
        ("Reshape/shape", "Const", []),
        ("Reshape", "Reshape", ["a:0", "Reshape/shape:0"]),
        ("mine/shape", "Const", []),
        ("mine", "Reshape", ["a:0", "mine/shape:0"]),
    ]


def test_attributes_follow_from_inputs_and_defaults():
    a = tf.placeholder(tf.float64, [2], name="a")
    op = build("Pack", [a, a], axis=1).op
    assert {name: op.attrs[name] for name in ("N", "T", "axis")} == {
        "N": 2,
        "T": tf.float64,
        "axis": 1,
    }
    op = build("IdentityN", [a, tf.constant(1)])[0].op
    assert op.attrs["T"] == [tf.float64, tf.int32]


def test_results_follow_the_definition():
    a = tf.placeholder(tf.float32, [2, 3])
    assert isinstance(build("NoOp"), tf.Operation)
    assert isinstance(build("Identity", a), tf.Tensor)
    assert [t.shape.as_list() for t in build("Unpack", a, num=2)] == [[3], [3]]


def test_an_operation_is_made_in_the_graph_of_its_inputs(graph):
    a = tf.placeholder(tf.float32, [2])
    with tf.Graph().as_default():
        assert build("Reshape", a, [1, 2]).graph is graph


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda a, b: build("AddN", [a, b]),
            TypeError,
            "Tensors in list passed to 'inputs' of 'AddN' Op have types [float32, int32] that "
            "don't all match.",
        ),
        (
            lambda a, b: build("AddN", []),
            ValueError,
            "List argument 'inputs' to 'AddN' Op with length 0 shorter than minimum length 1.",
        ),
        (
            lambda a, b: build("MatMul", a, a, transpose_a=3),
            TypeError,
            "Expected bool for argument 'transpose_a' not 3.",
        ),
        (
            lambda a, b: build("AddV2", a, b),
            TypeError,
            "Input 'y' of 'AddV2' Op has type int32 that does not match type float32 of argument "
            "'x'.",
        ),
        (
            lambda a, b: build("AddV2", a, "x"),
            TypeError,
            "Expected float32 passed to parameter 'y' of op 'AddV2', got 'x' of type 'str' instead."
            " Error: Expected float32, got 'x' of type 'str' instead.",
        ),
        (
            lambda a, b: build("Reshape", a, 1.5),
            TypeError,
            "Value passed to parameter 'shape' has DataType float32 not in list of allowed values: "
            "int32, int64",
        ),
        (lambda a, b: build("Placeholder"), TypeError, "Placeholder: missing attribute 'dtype'"),
        (
            lambda a, b: build("MatMul", a, a, transpose_q=True),
            TypeError,
            "MatMul() got an unexpected keyword argument 'transpose_q'. Did you mean "
            "'transpose_b'?",
        ),
        (
            lambda a, b: build("Conv2D", a, a, strides=[1, 1, 1, 1], padding="FOO"),
            ValueError,
            "Attr 'padding' of 'Conv2D' Op passed string 'FOO' not in: \"SAME\", \"VALID\", "
            '"EXPLICIT".',
        ),
    ],
)
def test_wrong_calls_are_explained(call, kind, text):
    a = tf.placeholder(tf.float32, name="a")
    b = tf.placeholder(tf.int32, name="b")
    with pytest.raises(kind) as raised:
        call(a, b)
    assert str(raised.value) == text


def test_shapes_that_do_not_fit_are_named_with_the_operation():
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole text is compared
        build("MatMul", a, a, name="mm")
    assert str(raised.value) == (
        "Dimensions must be equal, but are 3 and 2 for 'mm' (op: 'MatMul') with input shapes: "
        "[2,3], [2,3]."
    )


def test_an_unknown_op_comes_with_the_nearest_one():
    with pytest.raises(ValueError, match=r"^Op type not registered 'MatMull'.*'MatMul'"):
        registry.get("MatMull")


def test_a_failed_call_adds_no_operation(graph):
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    with pytest.raises(ValueError, match=r"^Dimensions must be equal"):
        build("MatMul", a, a)
    assert nodes(graph) == [("a", "Placeholder", [])]


# ---- What converts, and what does not ----


def test_a_range_converts(graph):
    assert tf.Session().run(tf.convert_to_tensor(range(2, 8, 3))).tolist() == [2, 5]
    assert [op.type for op in graph.get_operations()][-1] == "Range"


def test_an_operation_does_not_convert():
    with pytest.raises(TypeError, match="Can't convert Operation 'stop' to Tensor"):
        tf.convert_to_tensor(tf.no_op(name="stop"))


@pytest.mark.parametrize("hold", [lambda x: x, lambda x: [x], lambda x: [[1.0, x]]])
def test_a_tensor_is_no_constant(hold):
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match="List of Tensors when single Tensor expected"):
        tf.constant(hold(x))


def test_an_argument_of_the_wrong_type_is_named(graph):
    """What converts only to another dtype leaves no constant behind."""
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(
        TypeError,
        match="Expected float32 passed to parameter 'y' of op 'Add', got 'a' of type 'str' instead",
    ):
        tf.add(x, "a")
    assert [op.type for op in graph.get_operations()] == ["Placeholder"]


def test_ones_are_no_strings():
    with pytest.raises(TypeError, match="Expected string, got 1 of type 'int' instead"):
        tf.ones([2], tf.string)
