"""Graphs: names, scopes, devices, control dependencies, colocation, collections, look-ups.

What is expected literally was printed by TensorFlow.
"""

from __future__ import annotations

import copy
import threading
import time

import numpy as np
import pytest

import tfsession as tf
from tfsession.graph.operation import Tensor


def place(name=None, dtype=tf.float32, shape=None):
    return tf.placeholder(dtype, shape, name)


# ---- Names ----


def test_names_are_unique_without_regard_to_case(graph):
    names = [place(name).op.name for name in ("a", "a", "A", "a_1", "a")]
    assert names == ["a", "a_1", "A_2", "a_1_1", "a_3"]


def test_scopes_are_unique_and_can_be_entered_again(graph):
    seen = []
    for name in ("s", "s", "s/"):
        with graph.name_scope(name) as scope:
            seen.append((scope, place("a").op.name))
    assert seen == [("s/", "s/a"), ("s_1/", "s_1/a"), ("s/", "s/a_1")]
    assert place("s").op.name == "s_2"


def test_scope_none_is_the_root(graph):
    with graph.name_scope("s"):
        with graph.name_scope(None) as scope:
            assert scope == ""
            assert place("r").op.name == "r"
        with graph.name_scope("_x") as scope:
            assert scope == "s/_x/"
        assert graph.get_name_scope() == "s"


def test_unique_name_can_look_without_taking(graph):
    with graph.name_scope("s"):
        assert graph.unique_name("q", mark_as_used=False) == "s/q"
        assert graph.unique_name("q") == "s/q"
        assert graph.unique_name("q") == "s/q_1"


def test_trailing_slash_means_exactly_this_name(graph):
    assert place("x/y/").op.name == "x/y"
    with pytest.raises(ValueError, match=r"^Duplicate node name in graph: 'x/y'"):
        place("x/y/")


@pytest.mark.parametrize("name", ["_x", "a b", "a:0"])
def test_invalid_scope_names_are_refused(graph, name):
    with (
        pytest.raises(ValueError, match=f"^'{name}' is not a valid scope name$"),
        graph.name_scope(name),
    ):
        pass


@pytest.mark.parametrize("name", ["_p", "a b"])
def test_invalid_operation_names_are_refused(graph, name):
    with pytest.raises(ValueError, match=f"^'{name}' is not a valid (node|scope) name"):
        place(name)


def test_name_scope_takes_its_default_when_the_name_is_none(graph):
    with tf.name_scope(None, "default", [place("a")]) as scope:
        assert scope == "default/"
    with tf.name_scope("given", "default") as scope:
        assert scope == "given/"


def test_name_scope_checks_its_arguments():
    with pytest.raises(TypeError, match=r"^`default_name` type \(<class 'int'>\) is not a string"):
        tf.name_scope("x", 3)
    with (
        pytest.raises(
            ValueError, match=r"^At least one of name \(None\) and default_name \(None\)"
        ),
        tf.name_scope(None, values=[]),
    ):
        pass


def test_name_scope_opens_in_the_graph_of_its_values(graph):
    a = place("a")
    with tf.Graph().as_default(), tf.name_scope("s", values=[a]):
        assert tf.get_default_graph() is graph


def test_a_name_with_an_empty_scope_survives_an_exception(graph):
    with pytest.raises(KeyError), graph.name_scope("s"):
        raise KeyError
    assert graph.get_name_scope() == ""


# ---- Looking up ----


def test_elements_are_found_by_name_and_identity(graph):
    c = tf.constant([1.0, 2.0], name="c")
    for element, found in (
        ("c", c.op),
        ("c:0", c),
        (b"c:0", c),
        (c, c),
        (c.op, c.op),
    ):
        assert graph.as_graph_element(element) is found
    assert graph.get_tensor_by_name("c:0") is c
    assert graph.get_operation_by_name("c") is c.op


FORM = 'Tensor names must be of the form "<op_name>:<output_index>".'
NOT_VALID = f"looks a like a Tensor name, but is not a valid one. {FORM}"
NO_TENSOR = "refers to a Tensor which does not exist. The operation,"


@pytest.mark.parametrize(
    ("element", "kind", "text"),
    [
        ("c:1", KeyError, f"The name 'c:1' {NO_TENSOR} 'c', exists but only has 1 outputs."),
        ("zz", KeyError, "The name 'zz' refers to an Operation not in the graph."),
        ("^c", KeyError, "The name '^c' refers to an Operation not in the graph."),
        ("zz:0", KeyError, f"The name 'zz:0' {NO_TENSOR} 'zz', does not exist in the graph."),
        ("c:0:0", ValueError, f"The name 'c:0:0' {NOT_VALID}"),
        ("c:x", ValueError, f"The name 'c:x' {NOT_VALID}"),
        ("a:", ValueError, f"The name 'a:' {NOT_VALID}"),
        (3, TypeError, "Can not convert a int into a Tensor or Operation."),
        (None, TypeError, "Can not convert a NoneType into a Tensor or Operation."),
    ],
)
def test_a_wrong_element_is_explained(graph, element, kind, text):
    tf.constant(1.0, name="c")
    with pytest.raises(kind) as raised:
        graph.as_graph_element(element)
    assert raised.value.args[0] == text


def test_the_wrong_kind_of_element_is_explained(graph):
    c = tf.constant(1.0, name="c")
    for call, kind, text in (
        (
            lambda: graph.get_tensor_by_name("c"),
            ValueError,
            f"The name 'c' refers to an Operation, not a Tensor. {FORM}",
        ),
        (
            lambda: graph.get_tensor_by_name("zz"),
            ValueError,
            f"The name 'zz' looks like an (invalid) Operation name, not a Tensor. {FORM}",
        ),
        (
            lambda: graph.get_operation_by_name("c:0"),
            ValueError,
            "Name 'c:0' appears to refer to a Tensor, not a Operation.",
        ),
        (
            lambda: graph.get_tensor_by_name(3),
            TypeError,
            "Tensor names are strings (or similar), not int.",
        ),
        (
            lambda: graph.get_operation_by_name(3),
            TypeError,
            "Operation names are strings (or similar), not int.",
        ),
        (
            lambda: graph.as_graph_element(c, allow_tensor=False),
            TypeError,
            "Can not convert a Tensor into a Operation.",
        ),
        (
            lambda: graph.as_graph_element(c.op, allow_operation=False),
            TypeError,
            "Can not convert a Operation into a Tensor.",
        ),
        (
            lambda: graph.as_graph_element(c, False, False),
            ValueError,
            "allow_tensor and allow_operation can't both be False.",
        ),
    ):
        with pytest.raises(kind) as raised:
            call()
        assert str(raised.value) == text


def test_elements_of_another_graph_are_refused(graph):
    c = tf.constant(1.0, name="c")
    other = tf.Graph()
    with pytest.raises(
        ValueError, match=r"^Tensor Tensor\(\"c:0\".* is not an element of this graph"
    ):
        other.as_graph_element(c)
    with pytest.raises(
        ValueError, match=r"(?s)^Operation name: \"c\".*is not an element of this graph"
    ):
        other.as_graph_element(c.op)
    with other.as_default():
        other_c = tf.constant(1.0)
    with pytest.raises(ValueError, match="must be from the same graph as"):
        tf.identity_n([c, other_c])


def test_objects_stand_for_what_they_say(graph):
    c = tf.constant(1.0)

    class Standing:
        def _as_graph_element(self):
            return c

    assert graph.as_graph_element(Standing()) is c


# ---- Devices: the table of tf.device ----


@pytest.mark.parametrize(
    ("scopes", "device"),
    [
        (["/job:ps", "/gpu:1"], "/job:ps/device:GPU:1"),
        (["/job:ps/gpu:0", "/cpu:1"], "/job:ps/device:CPU:1"),
        (["/gpu:0", "/job:ps"], "/job:ps/device:GPU:0"),
        (["/gpu:1", "/cpu:*"], "/device:CPU:1"),
        (["/cpu:0", ""], "/device:CPU:0"),
        (["/gpu:0", None], ""),
        (["/job:a/gpu:0", None, "/task:1"], "/task:1"),
        ([lambda op: "/job:f/gpu:2", "/cpu:0"], "/job:f/gpu:2"),
        (["/job:ps", lambda op: "/gpu:2"], "/job:ps/device:GPU:2"),
        ([lambda op: op.device + "/task:3", "/job:w"], "/job:w/task:3"),
        (["/cpu:0", lambda op: tf.DeviceSpec(job="j")], "/job:j/device:CPU:0"),
    ],
)
def test_device_scopes_merge_from_the_inside_out(graph, scopes, device):
    def create(remaining):
        if not remaining:
            return place()
        with graph.device(remaining[0]):
            return create(remaining[1:])

    assert create(scopes).device == device


def test_a_spec_without_a_type_is_skipped(graph):
    with graph.device("/cpu:0"), graph.device(tf.DeviceSpec(device_index=1)):
        assert place().device == "/device:CPU:0"


def test_device_arguments_are_checked_on_entry(graph):
    with pytest.raises(AttributeError, match=r"^'int' object has no attribute 'split'$"):
        graph.device(3).__enter__()
    with pytest.raises(ValueError, match=r"^Unknown attribute: 'foo' in '/foo'$"):
        graph.device("/foo").__enter__()
    with pytest.raises(ValueError, match=r"^Cannot specify multiple device types: /cpu:0/gpu:0$"):
        graph.device("/cpu:0/gpu:0").__enter__()


def test_a_device_function_must_return_a_device(graph):
    with (
        graph.device(lambda op: None),
        pytest.raises(TypeError, match=r"^Expected binary or unicode string, got None$"),
    ):
        place()


def test_device_scopes_are_left_in_order(graph):
    outer, inner = graph.device("/cpu:0"), graph.device("/cpu:1")
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(
        RuntimeError, match=r"^Exiting device scope without proper scope nesting\.$"
    ):
        outer.__exit__(None, None, None)


# ---- Control dependencies ----


def control_inputs(tensor_or_op):
    op = tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op
    return [dependency.name for dependency in op.control_inputs]


def test_control_dependencies_skip_what_the_inputs_imply(graph):
    """An op whose input was made inside the scope waits already, and so does a reader of it.

    a, b --> [ c = identity(a)   d = identity(c)   e
               d --> [ f = identity(c)   h   i = identity(d) ] ]
    """
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    with graph.control_dependencies([a, b]):
        c = tf.identity(a)
        d = tf.identity(c)
        e = tf.no_op()
        with graph.control_dependencies([d]):
            f = tf.identity(c)
            h = tf.no_op()
            i = tf.identity(d)
            with graph.control_dependencies(None):
                j = tf.no_op()
                with graph.control_dependencies([e]):
                    k = tf.no_op()
            m = tf.no_op()
    found = [sorted(control_inputs(op)) for op in (c, d, e, f, h, i, j, k, m)]
    d_name, e_name = d.op.name, e.name
    assert found == [
        ["b"],
        [],
        ["a", "b"],
        [d_name],
        sorted(["a", "b", d_name]),
        [],
        [],
        [e_name],
        sorted(["a", "b", d_name]),
    ]


def test_control_dependencies_check_their_argument(graph):
    with pytest.raises(TypeError, match=r"^Can not convert a int into a Tensor or Operation.$"):
        graph.control_dependencies([3]).__enter__()
    with pytest.raises(KeyError, match="'zz' refers to an Operation not in the graph"):
        graph.control_dependencies(["zz"]).__enter__()
    a = tf.constant(1.0)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        tf.Graph().control_dependencies([a]).__enter__()


# ---- Colocation ----


def test_colocation_takes_group_and_device_of_its_targets(graph):
    with graph.device("/gpu:0"):
        a = tf.constant(1.0, name="a")
    b = tf.constant(1.0, name="b")
    made = {}
    with graph.colocate_with(a):
        made["c"] = c = tf.identity(b)
        with graph.colocate_with(b):
            made["d"] = tf.identity(b)
        with graph.colocate_with(b, ignore_existing=True):
            made["e"] = tf.identity(b)
        with graph.colocate_with(None, ignore_existing=True):
            made["f"] = tf.identity(b, name="f")
        with graph.device("/cpu:0"):
            made["h"] = tf.identity(b)
    with graph.device("/cpu:0"):
        with graph.colocate_with(c.op):
            made["i"] = tf.identity(b)
        with graph.colocate_with(b):
            made["k"] = tf.identity(b)
        assert place().device == "/device:CPU:0"
    gpu = "/device:GPU:0"
    assert {name: (t.device, t.op.colocation_groups()) for name, t in made.items()} == {
        "c": (gpu, [b"loc:@a"]),
        "d": (gpu, [b"loc:@a", b"loc:@b"]),
        "e": ("", [b"loc:@b"]),
        "f": ("", [b"loc:@f"]),
        "h": (gpu, [b"loc:@a"]),
        "i": (gpu, [b"loc:@a"]),
        "k": ("", [b"loc:@b"]),
    }


def test_colocation_with_none_needs_ignore_existing(graph):
    with pytest.raises(ValueError, match=r"^Trying to reset colocation \(op is None\) but ignore"):
        graph.colocate_with(None).__enter__()


# ---- Collections, finalizing ----


def test_collections_keep_order_and_filter_by_scope(graph):
    a, b = tf.constant(1.0, name="a"), tf.constant(1.0, name="b")
    graph.add_to_collection("k", a)
    graph.add_to_collections(["k", "m", "k"], b)
    graph.add_to_collection("k", "text")
    assert graph.get_collection("k") == [a, b, "text"]
    assert graph.get_collection("k", scope="b") == [b]
    assert graph.get_collection("none") == []
    assert graph.get_all_collection_keys() == ["k", "m"]
    graph.get_collection_ref("new").append(1)
    assert graph.get_collection("new") == [1]
    graph.get_collection("new").append(2)
    assert graph.get_collection("new") == [1]
    graph.clear_collection("k")
    assert graph.get_collection("k") == []


def test_a_finalized_graph_refuses_changes(graph):
    graph.finalize()
    for change in (
        lambda: tf.constant(1.0),
        lambda: graph.add_to_collection("x", 1),
        lambda: graph.clear_collection("x"),
    ):
        with pytest.raises(RuntimeError, match=r"^Graph is finalized and cannot be modified\.$"):
            change()
    graph._unsafe_unfinalize()
    tf.constant(1.0)


# ---- Threads, default graphs ----


def in_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def test_scopes_of_devices_and_dependencies_belong_to_a_thread(graph):
    a = tf.constant(1.0)

    def create():
        with graph.as_default():
            op = tf.no_op()
            return (
                op.device,
                op.control_inputs,
                op.colocation_groups() == [f"loc:@{op.name}".encode()],
            )

    with graph.device("/gpu:0"), graph.control_dependencies([a]):
        assert in_thread(create) == ("", [], True)
    with graph.colocate_with(a):
        assert in_thread(create) == ("", [], True)


def test_the_default_graph_belongs_to_a_thread(graph):
    assert tf.get_default_graph() is graph
    assert in_thread(tf.get_default_graph) is not graph


def test_the_global_default_graph_belongs_to_a_thread():
    assert in_thread(tf.get_default_graph) is not tf.get_default_graph()

    def build():
        graph = tf.get_default_graph()
        same = tf.constant(1).graph is graph is tf.get_default_graph()
        tf.reset_default_graph()
        return same and tf.get_default_graph() is not graph

    before = tf.get_default_graph()
    assert in_thread(build)
    assert tf.get_default_graph() is before


def test_name_scopes_belong_to_a_thread(graph):
    def create():
        with graph.as_default():
            return tf.constant(1).name, graph.get_name_scope(), tf.get_variable_scope().name

    with tf.variable_scope("outer"):
        assert in_thread(create) == ("Const:0", "", "")
        assert create() == ("outer/Const:0", "outer", "outer")


def test_variables_of_several_threads_have_one_store(graph):
    def create():
        with graph.as_default(), tf.variable_scope("foo"):
            try:
                return tf.get_variable("v", [1]).name
            except ValueError as error:
                return str(error).split(".")[0]

    assert in_thread(create) == "foo/v:0"
    assert in_thread(create) == "Variable foo/v already exists, disallowed"


def test_threads_can_build_one_graph_together(graph):
    def create():
        with graph.as_default():
            for _ in range(50):
                place("p")

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [op.name for op in graph.get_operations()]
    assert len(set(names)) == 200


def test_the_default_graph_is_not_reset_inside_a_block(graph):
    with pytest.raises(AssertionError, match=r"^Do not use tf\.reset_default_graph\(\) to clear"):
        tf.reset_default_graph()


# ---- Tensors and operations ----


def test_tensors_print_as_in_tensorflow(graph):
    with graph.device("/cpu:0"):
        p = place("p", shape=[2, None])
    assert str(p) == 'Tensor("p:0", shape=(2, ?), dtype=float32, device=/device:CPU:0)'
    assert repr(p) == "<tf.Tensor 'p:0' shape=(2, ?) dtype=float32>"
    assert repr(p.op) == "<tf.Operation 'p' type=Placeholder>"
    assert str(place("q")) == 'Tensor("q:0", dtype=float32)'


def test_set_shape_adds_what_is_known(graph):
    p = place(shape=[2, None])
    p.set_shape([None, 5])
    assert p.shape.as_list() == [2, 5]
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
        p.set_shape([3, 5])
    with pytest.raises(ValueError, match="rank"):
        p.set_shape([2])


def test_tensors_are_no_values(graph):
    p = place("p", shape=[2])
    with pytest.raises(TypeError, match=r"^using a `tf.Tensor` as a Python `bool` is not allowed"):
        bool(p)
    with pytest.raises(TypeError, match=r"^len is not well defined for symbolic Tensors"):
        len(p)
    with pytest.raises(TypeError, match=r"^iterating over `tf.Tensor` is not allowed in Graph"):
        iter(p)
    with pytest.raises(NotImplementedError, match=r"^Cannot convert a symbolic Tensor \(p:0\)"):
        np.array(p)


def test_tensors_take_attributes_of_users(graph):
    p = place()
    p._keras_shape = (2,)
    assert p._keras_shape == (2,)
    assert copy.deepcopy(p) is p
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'foo'"):
        _ = p.foo


def test_consumers_are_listed_once_for_each_input(graph):
    p = place()
    twice = tf.identity_n([p, p])[0].op
    once = tf.identity(p).op
    assert p.consumers() == [twice, twice, once]


def test_operations_remember_where_they_were_made(graph):
    p = place()
    last = p.op.traceback[-2:]
    assert any(
        frame.filename == __file__ and "place()" in (frame.line or "") for frame in p.op.traceback
    )
    assert last


def test_stacks_can_be_read_with_the_first_lines_of_functions(graph):
    operation = place().op
    frames = operation.traceback_with_start_lines
    first = test_stacks_can_be_read_with_the_first_lines_of_functions.__code__.co_firstlineno
    (here,) = [f for f in frames if f[2].startswith("test_stacks_can")]
    assert here[0] == __file__
    assert here[4] == first < here[1]
    assert [f[:2] for f in frames] == [(f.filename, f.lineno) for f in operation.traceback]
    assert not graph.building_function


def test_inputs_can_be_replaced(graph):
    a, b = place(), place()
    c = tf.identity(a)
    c.op._update_input(0, b)
    assert c.op.inputs[0] is b
    assert (a.consumers(), b.consumers()) == ([], [c.op])
    with pytest.raises(TypeError, match="int32"):
        c.op._update_input(0, place(dtype=tf.int32))


def test_scripts_can_use_private_names_of_tensorflow(graph):
    a, b = place("a"), place("b")
    c = tf.identity(a, "c").op
    c._add_control_input(b.op)
    c._add_control_inputs([a.op, b.op])
    assert (c._id, c._control_inputs, a._consumers) == (3, [b.op, a.op], [c])
    c._remove_all_control_inputs()
    assert c._control_inputs == c.control_inputs == []
    assert graph._nodes_by_name == {"a": a.op, "b": b.op, "c": c}
    c._set_control_flow_context(context := object())
    assert c._control_flow_context is c._get_control_flow_context() is context
    c._control_flow_context, c._original_op = None, a.op
    assert (c._get_control_flow_context(), c._original_op) == (None, a.op)
    graph._check_not_finalized()
    with graph._lock:
        assert graph._get_control_flow_context() is graph._control_flow_context is None
    graph.finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized"):
        graph._check_not_finalized()


def test_gradient_override_map_marks_operations(graph):
    with graph.gradient_override_map({"Identity": "Mine"}):
        marked = tf.identity(place())
    assert marked.op.get_attr("_gradient_op_type") == b"Mine"
    with pytest.raises(TypeError, match="op_type_map must be a dictionary mapping strings"):
        graph.gradient_override_map({"Identity": 3}).__enter__()


def test_version_counts_operations(graph):
    assert graph.version == 0
    place()
    assert graph.version == 1


def build_ops(count: int) -> float:
    """Builds about that many operations; returns the seconds of the processor that it took."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [4])
        started = time.process_time()
        for _ in range(count // 4):
            with tf.name_scope("block"):
                x = x + tf.tanh(x) * 2.0
        taken = time.process_time() - started
    assert len(graph.get_operations()) == count + 1
    return taken


def test_building_is_linear():
    """Sixteen times as many operations take about sixteen times as long, not 256 times."""
    build_ops(400)
    few = min(build_ops(2_000) for _ in range(3))
    assert build_ops(32_000) < 16 * few * 5


@pytest.mark.long
def test_a_hundred_thousand_operations_are_built_in_seconds():
    assert build_ops(100_000) < 15


# ---- As TensorFlow's own tests use them ----


def test_names_of_bytes(graph):
    assert tf.constant(1, name=b"c").name == "c:0"


def test_types_follow_from_inputs(graph):
    c = tf.constant(1.0)
    assert graph.create_op("Identity", [c], [tf.float32], name="i").get_attr("T") is tf.float32


def test_dimensions_are_numbers(graph):
    size = tf.placeholder(tf.float32, [3, None]).shape[0]
    with tf.Session() as session:
        assert session.run(tf.convert_to_tensor(size)) == 3
        assert session.run(size * tf.constant(2)) == 6
    with pytest.raises(ValueError, match="unknown Dimension"):
        tf.convert_to_tensor(tf.Dimension(None))
    with pytest.raises(TypeError, match="to dtype"):
        tf.convert_to_tensor(size, tf.float32)


def test_which_shape_does_not_fit(graph):
    with pytest.raises(ValueError, match=r"(?s)2 and 3.*\n\tFrom merging shape 0 with other shap"):
        tf.stack([tf.zeros([2]), tf.zeros([3])])


def test_constant_values(graph):
    from tfsession.python.framework import tensor_util

    assert tensor_util.constant_value(3) == 3
    with pytest.raises(ValueError, match=r"Shape \(1, 1\) must have rank 1"):
        tensor_util.constant_value_as_shape(tf.constant([[1]]))
    with pytest.raises(TypeError, match="List of Tensors when single Tensor expected"):
        tf.make_tensor_proto(tf.constant(1))


def test_what_numbers_are_colocated_with(graph):
    with tf.colocate_with(0):
        a = tf.constant(1, name="a")
    assert a.op.colocation_groups() == [b"loc:@Const"]
    with graph.colocate_with("a"):
        assert tf.constant(1).op.colocation_groups() == [b"loc:@Const"]
    with pytest.raises(TypeError, match="Can not convert a int into a Tensor or Operation"):
        graph.colocate_with(0).__enter__()
    waiting = tf.python.ops.control_flow_ops.with_dependencies([a.op], 0)
    assert waiting.op.inputs[0].op.control_inputs == [a.op]


def test_the_root_can_be_entered_from_inside(graph):
    with tf.name_scope("x"), tf.name_scope("/") as scope:
        assert scope == "/"
        assert tf.constant(1, name="y").name == "y:0"


def test_dependencies_on_an_update_wait_for_the_update_alone(graph):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    w = tf.Variable(1.0)
    kinds = {
        "AssignAddVariableOp": v.assign_add(1.0),
        "AssignVariableOp": v.assign(1.0),
        "VarHandleOp": v,
        "AssignAdd": w.assign_add(1.0),
    }
    for kind, update in kinds.items():
        assert [op.type for op in tf.group(update).control_inputs] == [kind]
        with tf.control_dependencies([update]):
            assert [op.type for op in tf.no_op().control_inputs] == [kind]
