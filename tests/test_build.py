"""Turning values and op calls into operations: conversion, inference of attributes, errors."""

from __future__ import annotations

import inspect

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


def test_tensors_in_a_list_are_cast_to_the_dtype_that_is_asked_for(graph):
    x = tf.constant([1.0, 2.0], tf.float64, name="x")
    assert tf.convert_to_tensor([[0.0, 0.0], x], tf.float32).dtype == tf.float32
    assert nodes(graph)[1:] == [
        ("Cast", "Cast", ["x:0"]),
        ("packed/0_1", "Const", []),
        ("packed", "Pack", ["packed/0_1:0", "Cast:0"]),
    ]
    assert tf.reshape(x, [tf.constant(2, tf.int64), -1]).op.inputs[1].dtype == tf.int32


def test_tensors_in_a_list_have_one_dtype():
    with pytest.raises(
        TypeError,
        match=r"^Cannot convert a list containing a tensor of dtype <dtype: 'int64'> to <dtype: "
        r"'int32'> \(Tensor is: <tf.Tensor 'b:0' shape=\(\) dtype=int64>\)$",
    ):
        tf.convert_to_tensor([tf.constant(1, name="a"), tf.constant(1, tf.int64, name="b")])


def test_numbers_and_tensors_of_a_list_input_have_one_dtype():
    x = tf.placeholder(tf.float32, [2])
    assert tf.concat([[1, 2], x], 0).dtype == tf.float32
    for call in (
        lambda: tf.concat([[1, 2], [x[0], x[1]]], 0),
        lambda: tf.stack([[1, 2], [x[0], x[1]]], axis=1),
        lambda: tf.add_n([1, x[0]]),
        lambda: tf.add_n([1, 2.5]),
    ):
        with pytest.raises(TypeError, match=r"have types \[int32, float32\] that don't all match"):
            call()


SIZES = {
    "reshape": lambda d: tf.reshape(tf.zeros([2, 3]), [-1, d]),
    "reshape, first": lambda d: tf.reshape(tf.zeros([2, 3]), [d, -1]),
    "reshape, of a shape": lambda d: tf.reshape(tf.zeros([2, 3]), [-1, *tf.TensorShape([d])]),
    "reshape, beside a tensor": lambda d: tf.reshape(tf.zeros([2, 3]), [d, tf.constant(2)]),
    "fill": lambda d: tf.fill([d, 2], 1.0),
    "zeros": lambda d: tf.zeros([d, 2]),
    "ones, beside a tensor": lambda d: tf.ones([d, tf.constant(2)]),
    "tile": lambda d: tf.tile(tf.zeros([1, 1]), [d, 2]),
    "pad": lambda d: tf.pad(tf.zeros([1, 1]), [[0, 0], [0, d]]),
    "pad, beside a tensor": lambda d: tf.pad(tf.zeros([1, 1]), [[0, d], [tf.constant(1), d]]),
    "slice": lambda d: tf.slice(tf.zeros([4, 4]), [0, 0], [-1, d]),
    "slicing": lambda d: tf.zeros([4, 4])[:d, d:],
    "broadcast_to": lambda d: tf.broadcast_to(tf.zeros([1]), [d, 2]),
    "split": lambda d: tf.split(tf.zeros([6]), d)[0],
    "random_uniform": lambda d: tf.random_uniform([d, 2]),
    "truncated_normal": lambda d: tf.truncated_normal([2, d]),
    "scatter_nd": lambda d: tf.scatter_nd([[0]], [1.0], [d]),
    "reverse": lambda d: tf.reverse(tf.zeros([4] * 4), [d]),
    "reduce_sum": lambda d: tf.reduce_sum(tf.zeros([4] * 4), [0, d]),
    "transpose": lambda d: tf.transpose(tf.zeros([1, 2, 3, 4]), [d, 0, 1, 2]),
    "stack": lambda d: tf.stack([d, 2]),
    "concat": lambda d: tf.concat([tf.constant([1]), [d]], 0),
    "constant": lambda d: tf.constant([d, 2], tf.int32),
    "resize_bilinear": lambda d: tf.image.resize_bilinear(tf.zeros([1, 4, 4, 1]), [d, 8]),
    "conv2d_transpose": lambda d: tf.nn.conv2d_transpose(
        tf.zeros([1, 3, 3, 1]), tf.zeros([2, 2, 1, 1]), [1, d, d, 1], [1, 1, 1, 1]
    ),
    "max_pool": lambda d: tf.nn.max_pool(tf.zeros([1, 4, 4, 1]), [1, d, d, 1], [1] * 4, "VALID"),
    "sparse": lambda d: tf.sparse_to_dense([0], [d], 1.0),
    "get_variable": lambda d: tf.get_variable("v", [d, 2], initializer=tf.zeros_initializer()),
}  # fmt: skip


@pytest.mark.parametrize("call", SIZES.values(), ids=SIZES)
def test_a_dimension_is_a_size(session, call):
    with_dimension, with_number = call(tf.Dimension(3)), None
    with tf.variable_scope("other"):
        with_number = call(3)
    assert with_dimension.dtype == with_number.dtype
    assert with_dimension.shape.as_list() == with_number.shape.as_list()
    session.run(tf.global_variables_initializer())
    assert session.run(with_dimension).shape == session.run(with_number).shape


@pytest.mark.parametrize(
    "call",
    [
        lambda d: tf.convert_to_tensor([d, 3]),
        lambda d: tf.convert_to_tensor([3, d]),
        lambda d: tf.convert_to_tensor((d, 3)),
        lambda d: tf.convert_to_tensor([1.0, d]),
        lambda d: tf.convert_to_tensor([d, 3], tf.float32),
        lambda d: tf.identity([d]),
        lambda d: tf.constant([[d, 3]]),
        lambda d: tf.concat([[d], [2]], 0),
        lambda d: tf.where([True, False], [2, d], [2, 3]),
        lambda d: tf.slice(tf.zeros([4, 4]), [0, d], [1, 1]),
        lambda d: tf.Variable([d, 2]),
    ],
)
def test_a_dimension_is_no_number_where_nothing_asks_for_sizes(call):
    with pytest.raises(TypeError):
        call(tf.Dimension(3))


@pytest.mark.parametrize(
    "call",
    [
        lambda d: tf.reshape(tf.zeros([6]), [d, 3]),
        lambda d: tf.reshape(tf.zeros([6]), [d, tf.constant(3)]),
        lambda d: tf.convert_to_tensor([d, 3], tf.int32),
        lambda d: tf.fill([d], 1.0),
        lambda d: tf.tile(tf.zeros([1]), [d]),
    ],
)
def test_an_unknown_dimension_is_no_size(call):
    with pytest.raises(TypeError):
        call(tf.Dimension(None))


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


# ---- Results and raw ops ----


def test_several_outputs_are_a_named_tuple():
    """As in TensorFlow; the class is called as the op."""
    for result, name, fields in [
        (tf.unique([1, 1]), "Unique", ("y", "idx")),
        (tf.nn.top_k([1.0]), "TopKV2", ("values", "indices")),
        (tf.qr([[1.0]]), "Qr", ("q", "r")),
        (
            tf.nn.max_pool_with_argmax(tf.ones([1, 2, 2, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
            "MaxPoolWithArgmax",
            ("output", "argmax"),
        ),
        (tf.raw_ops.Switch(data=1.0, pred=True), "Switch", ("output_false", "output_true")),
    ]:
        assert type(result).__name__ == name
        assert result._fields == fields
        assert getattr(result, fields[1]) is result[1]


@pytest.mark.parametrize(
    ("op", "signature"),
    [
        ("MatMul", "(a, b, transpose_a=False, transpose_b=False, name=None)"),
        ("Sum", "(input, axis, keep_dims=False, name=None)"),
        ("ExpandDims", "(input, axis, name=None)"),
        ("Split", "(axis, value, num_split, name=None)"),
        ("Select", "(condition, x, y, name=None)"),
        ("RandomUniform", "(shape, dtype, seed=0, seed2=0, name=None)"),
    ],
)
def test_raw_ops_have_the_arguments_of_tensorflow(op, signature):
    assert str(inspect.signature(getattr(tf.raw_ops, op))) == signature


def test_raw_ops_take_their_arguments_by_name():
    with tf.Session() as session:
        parts = tf.raw_ops.Split(axis=0, value=[1.0, 2.0], num_split=2)
        assert session.run(parts[1]).tolist() == [2.0]
        assert session.run(tf.raw_ops.Squeeze(input=[[3.0]], axis=[0])).tolist() == [3.0]
    with pytest.raises(TypeError, match="Sum\\(\\) missing required keyword-only argument: 'axis'"):
        tf.raw_ops.Sum(input=[1.0])
