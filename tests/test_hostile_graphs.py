"""GraphDefs that no graph can be made of: ValueError at once, and the graph is as it was.

Texts are TensorFlow 1.15's where it does not crash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import tfsession as tf
from tfsession.protos import AttrValue, GraphDef, NodeDef

FLOAT = AttrValue(type=tf.float32.as_datatype_enum)


def add(
    graph_def: GraphDef, name: str, op: str, inputs: Sequence[str] = (), **attrs: Any
) -> NodeDef:
    node: NodeDef = graph_def.node.add(name=name, op=op, input=list(inputs))
    for key, value in attrs.items():
        node.attr[key].CopyFrom(value)
    return node


def add_constant(graph_def: GraphDef, name: str, value: Any, dtype: Any = tf.float32) -> NodeDef:
    node = add(graph_def, name, "Const", dtype=AttrValue(type=dtype.as_datatype_enum))
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, dtype))
    return node


def of_no_type(graph_def: GraphDef) -> None:
    add(graph_def, "b", "Identity", ["a"], T=AttrValue())


def of_a_class_that_is_a_number(graph_def: GraphDef) -> None:
    group = AttrValue()
    group.list.i.append(1)
    add(graph_def, "b", "Identity", ["a"], T=FLOAT, _class=group)


def of_a_class_that_is_no_text(graph_def: GraphDef) -> None:
    group = AttrValue()
    group.list.s.append(b"loc:@\xff")
    add(graph_def, "b", "Identity", ["a"], T=FLOAT, _class=group)


def of_unknown_type(graph_def: GraphDef) -> None:
    add(graph_def, "b", "Placeholder", dtype=AttrValue(type=9999))


def concat_of_one(graph_def: GraphDef) -> None:
    add_constant(graph_def, "axis", 0, tf.int32)
    add(graph_def, "b", "Concat", ["axis", "a"], T=FLOAT, N=AttrValue(i=1))


def assert_without_data(graph_def: GraphDef) -> None:
    add_constant(graph_def, "condition", True, tf.bool)
    nothing = AttrValue()
    nothing.list.SetInParent()
    add(graph_def, "b", "Assert", ["condition"], T=nothing)


def many_inputs(graph_def: GraphDef) -> None:
    add(graph_def, "b", "AddN", ["a"], T=FLOAT, N=AttrValue(i=10**9))


def many_outputs(graph_def: GraphDef) -> None:
    add_constant(graph_def, "axis", 0, tf.int32)
    add(graph_def, "b", "Split", ["axis", "a"], T=FLOAT, num_split=AttrValue(i=10**9))


def large_constant(graph_def: GraphDef) -> None:
    tensor = add_constant(graph_def, "b", 1.0).attr["value"].tensor
    tensor.tensor_shape.dim.add().size = 2**45


def wrong_shape(graph_def: GraphDef) -> None:
    node = add_constant(graph_def, "b", [1.0, 2.0])
    node.attr["_output_shapes"].list.shape.add().dim.add().size = 3


def line_in_a_name(graph_def: GraphDef) -> None:
    add_constant(graph_def, "b\n", 1.0)


def wrong_type(graph_def: GraphDef) -> None:
    add_constant(graph_def, "i", 1, tf.int32)
    add(graph_def, "b", "Add", ["a", "i"], T=FLOAT)


def wrong_rank(graph_def: GraphDef) -> None:
    add(graph_def, "b", "MatMul", ["a", "a"], T=FLOAT)


def old_producer(graph_def: GraphDef) -> None:
    graph_def.versions.producer = -1


MISTAKES: dict[Callable[[GraphDef], None], str] = {
    of_no_type: "AttrValue missing value with expected type 'type'",
    of_a_class_that_is_a_number: "Node 'b': attr '_class' is no list of strings",
    of_a_class_that_is_no_text: "Node 'b' expects to be colocated with unknown node",
    of_unknown_type: "AttrValue has invalid DataType enum: 9999",
    concat_of_one: "Value for attr 'N' of 1 must be at least minimum 2",
    assert_without_data: "Length for attr 'T' of 0 must be at least minimum 1",
    many_inputs: "Number of inputs is too big: 1000000000",
    many_outputs: "Number of outputs is too big: 1000000000",
    large_constant: "needs 140737488355328 bytes",
    wrong_shape: "has an _output_shapes attribute inconsistent with the GraphDef for output #0",
    line_in_a_name: "Node name contains invalid characters",
    wrong_type: "Input 1 of node b was passed int32 from i:0 incompatible with expected float",
    wrong_rank: "Shape must be rank 2 but is rank 0",
    old_producer: "GraphDef producer version -1 below min producer 0",
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_graph_that_is_refused_leaves_nothing(
    graph: tf.Graph, mistake: Callable[[GraphDef], None]
) -> None:
    present = tf.constant(2.0, name="present")
    graph_def = GraphDef()
    graph_def.versions.producer = 27
    add_constant(graph_def, "a", 1.0)
    mistake(graph_def)
    with pytest.raises(ValueError, match=MISTAKES[mistake]):
        tf.import_graph_def(graph_def, name="")
    assert graph.get_operations() == [present.op]
    assert not present.consumers()
    assert tf.identity(present, name="a").name == "a:0"
    with tf.Session() as session:
        assert session.run("a:0") == 2.0
