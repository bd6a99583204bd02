"""Integers beyond int32 stay what they are, or are refused: none is taken for another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession import registry
from tfsession.graph.build import build
from tfsession.graph.static_values import constant_value

LARGE = 2**32 + 2

pytestmark = pytest.mark.usefixtures("graph")

SIZES: dict[str, Callable[[int], Any]] = {
    "fill": lambda n: tf.fill([n], 1.0),
    "fill by an array": lambda n: tf.fill(np.array([n]), 1.0),
    "fill by a dimension": lambda n: tf.fill([tf.Dimension(n)], 1.0),
    "fill by a shape": lambda n: tf.fill(tf.TensorShape([n]), 1.0),
    "zeros": lambda n: tf.zeros([n]),
    "tile": lambda n: tf.tile([1.0], [n]),
    "pad": lambda n: tf.pad(tf.zeros([0]), [[0, n]]),
    "broadcast_to": lambda n: tf.broadcast_to(1.0, [n]),
    "random_uniform": lambda n: tf.random_uniform([n]),
    "truncated_normal": lambda n: tf.truncated_normal([n]),
    "random_gamma": lambda n: tf.random_gamma([n], 1.0),
    "lin_space": lambda n: tf.lin_space(0.0, 1.0, n),
    "unsorted_segment_sum": lambda n: tf.unsorted_segment_sum([1.0], [0], n),
}


def _slope(of: Any) -> Callable[[int], Any]:
    """The gradient of what a function makes of a vector, by that vector."""

    def build_gradient(n: int) -> Any:
        x = tf.fill([n], 1.0)
        return tf.gradients(of(x), x)[0]

    return build_gradient


SIZES.update(
    {
        "a gradient of a sum": _slope(tf.reduce_sum),
        "a gradient of a broadcast product": _slope(lambda x: x * [[1.0]]),
        "a gradient of a concatenation": _slope(lambda x: tf.concat([x, [1.0]], 0)),
        "a gradient of a tile": _slope(lambda x: tf.tile(x, [2])),
        "a gradient of a slice": _slope(lambda x: tf.slice(x, [0], [1])),
        "a gradient of a strided slice": _slope(lambda x: x[1:]),
        "a gradient of a maximum": _slope(tf.reduce_max),
        "a gradient of a product": _slope(tf.reduce_prod),
        "a gradient of a tensordot": _slope(lambda x: tf.tensordot(x, [1.0], 0)),
        "a gradient of a reshape": _slope(lambda x: tf.reshape(x, [-1, 1])),
        "a gradient of a pad": _slope(lambda x: tf.pad(x, [[1, 1]])),
    }
)


@pytest.mark.parametrize("name", SIZES)
def test_a_size_beyond_int32_is_an_int64(name: str) -> None:
    assert SIZES[name](LARGE).shape.as_list() == [LARGE]


REFUSED = {
    "reshape": lambda n: tf.reshape([1.0, 2.0], [n]),
    "reduce_sum": lambda n: tf.reduce_sum([1.0, 2.0], n),
    "concat": lambda n: tf.concat([[1.0], [2.0]], n),
    "transpose": lambda n: tf.transpose([1.0], [n]),
    "expand_dims": lambda n: tf.expand_dims([1.0], n),
    "split": lambda n: tf.split([1.0, 2.0], 2, n),
    "squeeze": lambda n: tf.squeeze([[1.0]], [n]),
    "reverse": lambda n: tf.reverse([1.0], [n]),
    "top_k": lambda n: tf.nn.top_k([1.0, 2.0], n),
    "one_hot": lambda n: tf.one_hot([0], n),
    "scatter_nd": lambda n: tf.scatter_nd([[0]], [1.0], [n]),
    "sparse_to_dense": lambda n: tf.sparse_to_dense([[0]], [n], [1.0]),
    "bincount": lambda n: tf.bincount([1], minlength=n),
    "resize_bilinear": lambda n: tf.image.resize_bilinear(tf.ones([1, 2, 2, 1]), [n, 2]),
    "multinomial": lambda n: tf.multinomial([[1.0, 1.0]], n),
    "space_to_batch_nd": lambda n: tf.space_to_batch_nd(
        tf.ones([1, 2, 2, 1]), [n - 1, 1], [[0, 0], [0, 0]]
    ),
    "dynamic_partition": lambda n: tf.dynamic_partition([1.0], [0], n),
    "a window": lambda n: tf.nn.max_pool(tf.ones([1, 2, 2, 1]), [1, n, 2, 1], [1, 1, 1, 1], "SAME"),
    "a stride": lambda n: tf.nn.conv2d(
        tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), [1, n, 1, 1], "SAME"
    ),
    "TensorArray": lambda n: tf.TensorArray(tf.float32, n),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_integer_beyond_int32_is_refused_where_an_op_takes_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"429496729\d"):
        REFUSED[name](LARGE)


def test_an_axis_beyond_int32_is_out_of_range_when_it_runs() -> None:
    with tf.Session() as session:
        for function in (tf.cumsum, tf.cumprod):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"but got 4294967298"):
                session.run(function([1.0], LARGE))


def test_numbers_of_a_dtype_that_is_asked_for_wrap_around() -> None:
    """As in TensorFlow: hashes are computed so."""
    with tf.Session() as session:
        assert session.run(tf.constant(LARGE, tf.int32)) == 2
        assert session.run(tf.constant(3) + LARGE) == 5


# ---- Every op ----


def _size_arguments() -> list[Any]:
    """(op, position) of each argument that may be int32 or int64 alone, or is int32."""
    both = {tf.int32, tf.int64}
    found = []
    for name, definition in registry.OPS.items():
        for position, argument in enumerate(definition.inputs):
            if argument.is_list or argument.is_ref:
                continue
            allowed = {argument.dtype}
            if argument.type_attr is not None:
                allowed = set(definition.attributes[argument.type_attr].allowed or ())
            if allowed == both or allowed == {tf.int32}:
                found.append(pytest.param(name, position, id=f"{name}-{argument.name}"))
    return found


def _attribute(attribute: Any) -> Any:
    """A value that is allowed for an attribute without default."""
    kind = attribute.type.removeprefix("list(").removesuffix(")")
    value = {
        "type": (attribute.allowed or [tf.float32])[0],
        "int": max(1, (attribute.minimum or 1) if attribute.type == "int" else 1),
        "string": (attribute.allowed or [b"a"])[0],
        "float": 1.0,
        "bool": False,
        "shape": tf.TensorShape(None),
        "func": tf.NameAttrList(name="f"),
    }[kind]
    count = attribute.minimum or 1
    return [value] * count if attribute.type.startswith("list(") else value


@pytest.mark.parametrize(("name", "position"), _size_arguments())
def test_no_op_takes_another_integer_for_a_large_one(name: str, position: int) -> None:
    definition = registry.OPS[name]
    bound = {
        key
        for argument in definition.inputs
        for key in (argument.type_attr, argument.number_attr, argument.type_list_attr)
    }
    attrs = {
        key: _attribute(attribute)
        for key, attribute in definition.attributes.items()
        if key not in bound and not attribute.has_default
    }
    large = definition.inputs[position]
    inputs: list[Any] = []
    for argument in definition.inputs:
        kind = argument.dtype
        if argument.type_attr is not None:
            kind = (definition.attributes[argument.type_attr].allowed or [tf.float32])[0]
        value: Any = tf.placeholder(kind or tf.float32)
        if argument is large or (large.type_attr and large.type_attr == argument.type_attr):
            value = LARGE
        elif argument.is_ref:
            value = tf.Variable(value, validate_shape=False, use_resource=False)
        inputs.append([value] * 2 if argument.is_list else value)
    before = sum(len(value) if isinstance(value, list) else 1 for value in inputs[:position])
    refusal = ""
    try:
        build(name, *inputs, **attrs)
    except (TypeError, ValueError) as error:
        refusal = str(error)
    if refusal:
        assert re.search(
            r"429496729\d|must (be|have|be equal) (a vector|rank|at least|equal rank)"
            r"|int64 not in list of allowed values",
            refusal,
        )
        return
    operation = tf.get_default_graph().get_operations()[-1]
    assert operation.type == name
    assert constant_value(operation.inputs[before]) == LARGE
