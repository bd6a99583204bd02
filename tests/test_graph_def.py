"""Graphs as messages and back: bytes, attributes, imports, and the functions of tf.graph_util.

Bytes and texts that are expected literally were written by TensorFlow.
"""

from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import text_format

import tfsession as tf
from tfsession import registry
from tfsession.graph.build import build
from tfsession.graph.graph_def import write_graph
from tfsession.graph.messages import attribute_value, op_def_message
from tfsession.graph_util import (
    convert_variables_to_constants,
    extract_sub_graph,
    must_run_on_cpu,
    remove_training_nodes,
    tensor_shape_from_node_def_name,
)
from tfsession.protos import AttrValue, NodeDef, OpList

# x [2] is a placeholder, c [1, 2] a constant, y = x + c, z a NoOp after x.
NODE_C = bytes.fromhex(
    "0a01631205436f6e73742a1d0a0576616c756512144212080112041202080222080000803f000000402a0b0a056474"
    "79706512023001"
)
NODE_Y = bytes.fromhex("0a0179120541646456321a01781a01632a070a015412023001")
NODE_Z = bytes.fromhex("0a017a12044e6f4f701a025e78")


@pytest.fixture
def example():
    """a, b -> c = a + b; (c, a) -> d on a GPU; d:1 -> e, colocated with c; n after c."""
    with tf.Graph().as_default() as graph:
        a = tf.placeholder(tf.float32, [2], name="a")
        b = tf.constant([1.0, 2.0], name="b")
        c = build("AddV2", a, b, name="c")
        with graph.device("/gpu:0"):
            d = tf.identity_n([c, a], name="d")
        with graph.colocate_with(c.op):
            tf.identity(d[1], name="e")
        with graph.control_dependencies([c]):
            tf.no_op(name="n")
    return graph.as_graph_def()


def names(graph):
    return [op.name for op in graph.get_operations()]


# ---- Writing ----


def test_nodes_are_the_bytes_that_tensorflow_writes(graph):
    x = tf.placeholder(tf.float32, [2], name="x")
    c = tf.constant([1.0, 2.0], name="c")
    build("AddV2", x, c, name="y")
    with graph.control_dependencies([x]):
        tf.no_op(name="z")
    message = graph.as_graph_def()
    expected = [NodeDef.FromString(data) for data in (NODE_C, NODE_Y, NODE_Z)]
    assert list(message.node[1:]) == expected
    assert message.versions.producer == 134
    # Attributes are a map, of no certain order in the bytes; nodes with one are equal to the byte.
    assert message.node[2].SerializeToString() == NODE_Y
    assert message.node[3].SerializeToString() == NODE_Z


def test_control_inputs_come_last_in_order_of_names(graph):
    a, b = tf.constant(1.0, name="a"), tf.constant(1.0, name="b")
    x = tf.placeholder(tf.float32, name="x")
    with graph.control_dependencies([b, a]):
        tf.identity(x, name="y")
    assert list(graph.get_operation_by_name("y").node_def.input) == ["x", "^a", "^b"]


def test_shapes_are_written_on_request(graph):
    tf.placeholder(tf.float32, [2, None], name="x")
    tf.no_op()
    x, none = graph.as_graph_def(add_shapes=True).node
    assert text_format.MessageToString(x.attr["_output_shapes"], as_one_line=True) == (
        "list { shape { dim { size: 2 } dim { size: -1 } } }"
    )
    assert "_output_shapes" not in none.attr


def test_a_version_says_where_to_begin(graph):
    tf.constant(1.0, name="a")
    version = graph.version
    tf.constant(1.0, name="b")
    assert [node.name for node in graph.as_graph_def(from_version=version).node] == ["b"]


def test_a_graph_of_two_gigabytes_is_refused(graph):
    # Broadcast: the array claims three gigabytes and takes four bytes.
    huge = np.broadcast_to(np.float32(0), (3 << 28,))
    tf.constant(1.0).op.attrs["value"] = huge
    with pytest.raises(ValueError, match=r"^GraphDef cannot be larger than 2GB\.$"):
        graph.as_graph_def()


def test_graphs_are_written_to_files(graph, tmp_path):
    tf.constant(1.0, name="a")
    message = graph.as_graph_def()
    path = write_graph(graph, str(tmp_path / "new"), "g.pbtxt")
    assert path == str(tmp_path / "new" / "g.pbtxt")
    with open(path) as file:
        assert text_format.Parse(file.read(), tf.GraphDef()) == message
    path = write_graph(message, str(tmp_path), "g.pb", as_text=False)
    with open(path, "rb") as file:
        assert tf.GraphDef.FromString(file.read()) == message


# ---- Attributes ----


def test_attributes_are_read_as_messages(example, graph):
    tf.import_graph_def(example, name="")
    a, b, c, d, e = map(graph.get_operation_by_name, "abcde")
    assert a.get_attr("dtype") == tf.float32
    assert [dim.size for dim in a.get_attr("shape").dim] == [2]
    assert b.get_attr("value").tensor_content == np.array([1, 2], np.float32).tobytes()
    assert c.get_attr("T") is tf.float32
    assert d.get_attr("T") == [tf.float32, tf.float32]
    assert e.get_attr("_class") == [b"loc:@c"]
    with pytest.raises(ValueError, match=r"^Operation 'c' has no attr named 'zz'\.$"):
        c.get_attr("zz")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('s: "x"', b"x"),
        ("i: 3", 3),
        ("f: 0.5", 0.5),
        ("b: true", True),
        ("type: DT_HALF", tf.float16),
        ("shape { dim { size: 2 } dim { size: -1 } }", (2, None)),
        ("shape { unknown_rank: true }", None),
        ("list { }", []),
        ('list { s: "x" s: "y" }', [b"x", b"y"]),
        ("list { i: 1 i: 2 }", [1, 2]),
        ("list { b: false }", [False]),
        ("list { type: DT_INT32 }", [tf.int32]),
        ("list { shape { } shape { unknown_rank: true } }", [(), None]),
    ],
)
def test_attributes_of_no_definition_go_out_as_they_came_in(graph, text, value):
    message = text_format.Parse(text, AttrValue())
    assert attribute_value(message, None) == value
    op = tf.no_op()
    op._set_attr("_mine", message)
    assert op.node_def.attr["_mine"] == message


def test_op_definitions_are_messages():
    message = op_def_message(registry.get("ConcatV2"))
    assert text_format.MessageToString(message, as_one_line=True).startswith(
        'name: "ConcatV2" input_arg { name: "values" type_attr: "T" number_attr: "N" } '
        'input_arg { name: "axis" type_attr: "Tidx" } output_arg { name: "output" type_attr: "T" }'
    )
    attributes = {attribute.name: attribute for attribute in message.attr}
    assert (attributes["N"].type, attributes["N"].has_minimum, attributes["N"].minimum) == (
        "int",
        True,
        2,
    )
    assert attributes["Tidx"].default_value.type == tf.int32.as_datatype_enum
    assert list(attributes["Tidx"].allowed_values.list.type) == [
        tf.int32.as_datatype_enum,
        tf.int64.as_datatype_enum,
    ]


# ---- Reading ----


def test_imports_have_a_prefix_of_their_own(example, graph):
    tf.import_graph_def(example)
    tf.import_graph_def(example, name="c")
    with tf.name_scope("s"):
        tf.import_graph_def(example)
    tf.import_graph_def(example)
    prefixes = [name.rpartition("/")[0] for name in names(graph)[::6]]
    assert prefixes == ["import", "c", "s/import", "import_1"]
    assert tf.placeholder(tf.float32, name="import_1/a").op.name == "import_1/a_1"


def test_an_import_is_the_graph_it_was(example, graph):
    tf.import_graph_def(example, name="")
    assert graph.as_graph_def() == example


def test_names_that_are_taken_get_a_number(example, graph):
    tf.constant(1.0, name="c")
    tf.constant(1.0, name="a/inner")
    tf.import_graph_def(example, name="")
    assert names(graph)[2:] == ["a_1", "b", "c_1", "d", "e", "n"]
    assert graph.get_operation_by_name("e").colocation_groups() == [b"loc:@c_1"]
    assert [t.name for t in graph.get_operation_by_name("c_1").inputs] == ["a_1:0", "b:0"]


def test_colocation_and_devices_are_read(example, graph):
    tf.import_graph_def(example)
    assert graph.get_operation_by_name("import/e").colocation_groups() == [b"loc:@import/c"]
    assert graph.get_operation_by_name("import/d").device == "/device:GPU:0"


def test_scopes_around_an_import_apply(example, graph):
    x = tf.no_op(name="x")
    with graph.device("/cpu:1"), graph.control_dependencies([x]):
        tf.import_graph_def(example, name="i")
    found = {
        op.name: (op.device, sorted(c.name for c in op.control_inputs))
        for op in graph.get_operations()[1:]
    }
    assert found == {
        "i/a": ("/device:CPU:1", ["x"]),
        "i/b": ("/device:CPU:1", ["x"]),
        "i/c": ("/device:CPU:1", ["x"]),
        "i/d": ("/device:GPU:0", ["x"]),
        "i/e": ("/device:CPU:1", ["x"]),
        "i/n": ("/device:CPU:1", ["i/c", "x"]),
    }


def test_elements_are_returned_on_request(example, graph):
    assert tf.import_graph_def(example, name="p") is None
    tensor, op, second = tf.import_graph_def(example, return_elements=["c:0", "c", "d:1"])
    assert tensor is op.outputs[0]
    assert (tensor.name, second.name) == ("import/c:0", "import/d:1")
    assert tensor.shape.as_list() == [2]


@pytest.mark.parametrize(
    ("key", "reader", "inputs"),
    [
        ("a:0", "c", ["x:0", "import/b:0"]),
        ("a", "d", ["import/c:0", "x:0"]),
        ("d:1", "e", ["x:0"]),
    ],
)
def test_inputs_are_mapped(example, graph, key, reader, inputs):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.import_graph_def(example, input_map={key: x})
    found = graph.get_operation_by_name(f"import/{reader}").inputs
    assert [tensor.name for tensor in found] == inputs


def test_control_inputs_are_mapped(example, graph):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.import_graph_def(example, input_map={"^c": x})
    assert graph.get_operation_by_name("import/n").control_inputs == [x.op]


def test_mapped_values_become_tensors(example, graph):
    tf.import_graph_def(example, input_map={"a": [3.0, 4.0]})
    assert graph.get_operation_by_name("import/c").inputs[0].op.type == "Const"
    with pytest.raises(ValueError, match="requires a non-empty `name` if `input_map` contains"):
        tf.import_graph_def(example, input_map={"a": [3.0, 4.0]}, name="")


def test_nodes_may_come_in_any_order(example, graph):
    shuffled = tf.GraphDef(versions=example.versions)
    shuffled.node.extend(reversed(example.node))
    tf.import_graph_def(shuffled, name="")
    assert names(graph) == ["b", "a", "c", "n", "d", "e"]


def edited(example, change):
    message = tf.GraphDef()
    message.CopyFrom(example)
    change(message.node)
    return message


def _repeat(nodes):
    nodes.add().CopyFrom(nodes[0])


def _set_input(position, text):
    def change(nodes):
        nodes[2].input[position] = text

    return change


def _add_input(nodes):
    nodes[2].input.append("b")


def _drop_type(nodes):
    del nodes[2].attr["T"]


def _set_type(field, value):
    def change(nodes):
        setattr(nodes[2].attr["T"], field, value)

    return change


def _rename(nodes):
    nodes[0].name = "a b"


def _colocate(nodes):
    nodes[4].attr["_class"].list.s[0] = b"loc:@zzz"


def _op(nodes):
    nodes[2].op = "Foo"


ADD = "Op<name=AddV2; signature=x:T, y:T -> z:T; attr=T:type"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_op, "No op named Foo in defined operations."),
        (_repeat, "Node 'a' is not unique"),
        (_rename, "Node 'a b': Node name contains invalid characters"),
        (_set_input(0, "zz"), "Node 'c': Unknown input node 'zz'"),
        (
            _set_input(0, "^a"),
            "Node 'c': Control dependencies must come after regular dependencies",
        ),
        (
            _set_input(0, "a:1"),
            "Node 'c': Connecting to invalid output 1 of source node a which has 1 outputs.",
        ),
        (_set_input(0, "e"), "4 nodes in a cycle"),
        (
            _add_input,
            "NodeDef expected inputs 'float, float' do not match 3 inputs specified; " + ADD,
        ),
        (_drop_type, "NodeDef missing attr 'T' from " + ADD),
        (
            _set_type("type", 2),
            "Input 0 of node import/c was passed float from import/a:0 incompatible with expected "
            "double.",
        ),
        (
            _set_type("i", 2),
            "AttrValue had value with type 'int' when 'type' expected\n\t for attr 'T'\n\t; "
            "NodeDef: {{node import/c}}; " + ADD,
        ),
        (
            _set_type("type", 20),
            "Value for attr 'T' of resource is not in the list of allowed values: ",
        ),
        (_colocate, "Node 'e' expects to be colocated with unknown node 'zzz'"),
    ],
)
def test_graphs_that_cannot_be_read_leave_no_trace(example, graph, change, text):
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        tf.import_graph_def(edited(example, change))
    assert str(raised.value).startswith(text)
    assert names(graph) == []


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("zz", "Requested return node 'zz' not found in graph def"),
        ("zz:0", "Requested return tensor 'zz:0' not found in graph def"),
        ("c:1", "Invalid return output 1 of node 'c', which has 1 output(s)"),
    ],
)
def test_unknown_elements_are_explained(example, graph, element, text):
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        tf.import_graph_def(example, return_elements=["c:0", element])
    assert str(raised.value) == text
    assert names(graph) == []


@pytest.mark.parametrize(("key", "shown"), [("q", "q:0"), ("c:1", "c:1"), ("^q", "^q")])
def test_unknown_mapped_inputs_are_explained(example, graph, key, shown):
    x = tf.placeholder(tf.float32, [2], name="x")
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        tf.import_graph_def(example, input_map={key: x})
    assert str(raised.value) == (
        f"Attempted to map inputs that were not found in graph_def: [{shown}]"
    )


def test_arguments_of_imports_are_checked(example):
    with pytest.raises(TypeError, match=r"^graph_def must be a GraphDef proto\.$"):
        tf.import_graph_def(5)
    with pytest.raises(
        TypeError, match=r"^input_map must be a dictionary mapping strings to Tensor"
    ):
        tf.import_graph_def(example, input_map=3)
    with pytest.raises(TypeError, match=r"^return_elements must be a list of strings\.$"):
        tf.import_graph_def(example, return_elements=[1])


def test_versions_are_kept_and_checked(example, graph):
    example.versions.producer = 10
    tf.import_graph_def(example)
    assert graph.graph_def_versions.producer == 10
    example.versions.min_consumer = 99999
    with pytest.raises(ValueError, match=r"^GraphDef min consumer version 99999 above current"):
        tf.import_graph_def(example)


def test_defaults_are_filled_in_and_unknown_attributes_kept(graph):
    message = tf.GraphDef()
    node = message.node.add(name="x", op="Placeholder")
    node.attr["dtype"].type = 1
    node.attr["of_the_future"].b = True
    tf.import_graph_def(message, name="")
    x = graph.get_operation_by_name("x")
    assert x.get_attr("shape").unknown_rank
    assert x.get_attr("of_the_future") is True


def test_defaults_that_only_the_producer_knew_are_dropped(graph):
    message = tf.GraphDef()
    node = message.node.add(name="x", op="Placeholder")
    node.attr["dtype"].type = 1
    node.attr["of_the_future"].b = True
    producer = OpList()
    attribute = producer.op.add(name="Placeholder").attr.add(name="of_the_future", type="bool")
    attribute.default_value.b = True
    tf.import_graph_def(message, name="", producer_op_list=producer)
    assert "of_the_future" not in graph.get_operation_by_name("x").attrs


def test_shapes_of_the_message_are_added(example, graph):
    example.node[0].attr["shape"].shape.dim[0].size = -1
    example.node[0].attr["_output_shapes"].list.shape.add().dim.add().size = 2
    (a,) = tf.import_graph_def(example, return_elements=["a:0"])
    assert a.shape.as_list() == [2]
    assert "_output_shapes" not in a.op.attrs
    example.node[0].attr["shape"].shape.dim[0].size = 3
    with pytest.raises(
        ValueError, match=r"^Node 'import_1/a' has an _output_shapes attribute inco"
    ):
        tf.import_graph_def(example)


# ---- GraphDefs to GraphDefs ----


def test_sub_graphs_hold_what_is_needed(example):
    assert [node.name for node in extract_sub_graph(example, ["n"]).node] == ["a", "b", "c", "n"]
    assert extract_sub_graph(example, ["n"]).versions == example.versions
    with pytest.raises(AssertionError, match=r"^zz is not in graph$"):
        extract_sub_graph(example, ["zz"])
    with pytest.raises(TypeError, match=r"^dest_nodes must be a list\.$"):
        extract_sub_graph(example, "e")
    with pytest.raises(TypeError, match=r"^graph_def must be a graph_pb2\.GraphDef proto\.$"):
        extract_sub_graph(3, ["e"])


def test_training_nodes_are_removed(graph):
    a = tf.placeholder(tf.float32, [2], name="a")
    b = tf.identity(a, name="b")
    c = tf.identity(b, name="c")
    with graph.control_dependencies([c]):
        kept = tf.identity(b, name="kept")
    build("AddV2", kept, c, name="out")
    message = remove_training_nodes(graph.as_graph_def())
    assert {node.name: list(node.input) for node in message.node} == {
        "a": [],
        "c": ["a"],
        "kept": ["a", "^c"],
        "out": ["kept", "c"],
    }
    assert not message.HasField("versions"), "nodes only"
    assert not message.HasField("library")
    protected = remove_training_nodes(graph.as_graph_def(), ["b"])
    assert [node.name for node in protected.node] == ["a", "b", "c", "kept", "out"]


def test_some_nodes_belong_on_the_cpu(graph):
    assert must_run_on_cpu(tf.constant("text").op)
    assert must_run_on_cpu(tf.constant(1).op)
    assert not must_run_on_cpu(tf.constant(1.0).op)
    variable = NodeDef(name="v", op="VariableV2")
    assert not must_run_on_cpu(variable)
    assert must_run_on_cpu(variable, pin_variables_on_cpu=True)


def test_shapes_are_found_by_input_names(example, graph):
    tf.import_graph_def(example, name="")
    for name in ("a", "d:1", "^a"):
        assert tensor_shape_from_node_def_name(graph, name).as_list() == [2]


# ---- Loops ----


@pytest.fixture
def loop_ops(monkeypatch):
    """The ops of a loop, as far as the package does not define them itself."""
    monkeypatch.setattr(registry, "OPS", dict(registry.OPS))
    for signature, attributes in (
        ("Enter(data: T) -> output: T", "T: type; frame_name: string"),
        ("Merge(inputs: N * T) -> output: T, value_index: int32", "T: type; N: int >= 1"),
        ("NextIteration(data: T) -> output: T", "T: type"),
    ):
        if signature.partition("(")[0] not in registry.OPS:
            registry.op(signature, attributes)


LOOP = """
node { name: "enter" op: "Enter" input: "x"
       attr { key: "T" value { type: DT_FLOAT } } attr { key: "frame_name" value { s: "f" } } }
node { name: "merge" op: "Merge" input: "enter" input: "next"
       attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 2 } } }
node { name: "body" op: "Identity" input: "merge" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "next" op: "NextIteration" input: "body"
       attr { key: "T" value { type: DT_FLOAT } } }
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
       attr { key: "shape" value { shape { dim { size: 2 } } } } }
"""


def test_loops_are_closed(graph, loop_ops):
    """x -> enter -> merge -> body -> next -> merge"""
    message = text_format.Parse(LOOP, tf.GraphDef())
    tf.import_graph_def(message, name="")
    merge, following = map(graph.get_operation_by_name, ("merge", "next"))
    assert [tensor.name for tensor in merge.inputs] == ["enter:0", "next:0"]
    assert following.outputs[0].consumers() == [merge]
    # What comes round may have another shape than what enters.
    assert merge.outputs[0].shape.rank is None
    back = {node.name: list(node.input) for node in graph.as_graph_def().node}
    assert back == {node.name: list(node.input) for node in message.node}


def test_a_cycle_that_is_no_loop_is_refused(graph, loop_ops):
    message = text_format.Parse(LOOP.replace("NextIteration", "Identity"), tf.GraphDef())
    with pytest.raises(ValueError, match=r"^3 nodes in a cycle$"):
        tf.import_graph_def(message, name="")
    assert names(graph) == []


# ---- Freezing ----


class FakeSession:
    """Knows the values of tensors by name, and what it was asked for."""

    def __init__(self, **values):
        self.values = values
        self.asked = []

    def run(self, names):
        self.asked += names
        return [self.values[name.partition(":")[0].partition("/")[0]] for name in names]


FROZEN = """
node { name: "v" op: "VariableV2" attr { key: "dtype" value { type: DT_FLOAT } }
       attr { key: "shape" value { shape { } } } }
node { name: "v/read" op: "Identity" input: "v" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "h" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "alias" op: "Identity" input: "h" attr { key: "T" value { type: DT_RESOURCE } } }
node { name: "h/value" op: "ReadVariableOp" input: "alias"
       attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "h/Read" op: "ReadVariableOp" input: "h"
       attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "y" op: "AddV2" input: "v/read" input: "h/value"
       attr { key: "T" value { type: DT_FLOAT } } }
"""


def test_variables_become_constants():
    message = text_format.Parse(FROZEN, tf.GraphDef())
    session = FakeSession(v=np.float32(1.5), h=np.float32(2.5))
    frozen = convert_variables_to_constants(session, message, ["y"])
    # The read that no loop or branch can hide is preferred.
    assert sorted(session.asked) == ["h/Read:0", "v:0"]
    assert [(node.name, node.op, list(node.input)) for node in frozen.node] == [
        ("v", "Const", []),
        ("v/read", "Identity", ["v"]),
        ("h", "Const", []),
        ("alias", "Identity", ["h"]),
        ("h/value", "Identity", ["alias"]),
        ("y", "AddV2", ["v/read", "h/value"]),
    ]
    nodes = {node.name: node for node in frozen.node}
    assert nodes["h"].attr["value"].tensor.float_val == [2.5]
    assert nodes["alias"].attr["T"].type == nodes["h/value"].attr["T"].type == 1


def test_variables_can_be_kept():
    message = text_format.Parse(FROZEN, tf.GraphDef())
    session = FakeSession(v=np.float32(1.5), h=np.float32(2.5))
    frozen = convert_variables_to_constants(session, message, ["y"], ["v", "h"], ["h"])
    assert [node.op for node in frozen.node][:3] == ["Const", "Identity", "VarHandleOp"]
    assert session.asked == ["v:0"]


@pytest.mark.parametrize(("producer", "shape"), [(18, None), (21, None), (22, []), (27, [])])
def test_old_placeholders_without_shape_take_any(producer, shape):
    message = text_format.Parse(
        "node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } }"
        f" attr {{ key: 'shape' value {{ shape {{}} }} }} }} versions {{ producer: {producer} }}",
        tf.GraphDef(),
    )
    with tf.Graph().as_default():
        (tensor,) = tf.import_graph_def(message, return_elements=["p:0"])
        assert (None if tensor.shape.dims is None else tensor.shape.as_list()) == shape
