"""MetaGraphDefs: what TensorFlow wrote is read with all that is in it, and ours have the same."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tfsession.graph import meta_graph

GOLDEN = Path(__file__).parent / "golden" / "checkpoints" / "tensorflow1"


def graph_of_tensorflow():
    """The graph that record_checkpoints.py writes."""
    v = tf.get_variable("scope/v", initializer=[1.0, 2.0], use_resource=False)
    tf.get_variable("r", initializer=5, use_resource=True)
    tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.cond(x > 0, lambda: v * x, lambda: v - x, name="branch")
    z = tf.while_loop(lambda i, _: i < 3, lambda i, t: (i + 1, t * 2.0), [0, y])[1]
    tf.identity(z, name="z")
    queue = tf.FIFOQueue(3, tf.float32, name="queue")
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.0)]))
    for value in (3, 4):
        tf.add_to_collection("numbers", value)
    tf.add_to_collection("tensors", z)
    tf.add_to_collection("operations", z.op)
    tf.add_to_collection("texts", "hi")
    tf.add_to_collection("floats", 1.5)
    return tf.train.Saver()


def read(path):
    return meta_graph.read_meta_graph_file(str(path))


# ---- Reading ----


def test_a_graph_of_tensorflow_is_read_and_runs(session):
    saver = tf.train.import_meta_graph(str(GOLDEN / "graph.meta"))
    assert [v.name for v in tf.trainable_variables()] == ["scope/v:0", "r:0"]
    assert [v.name for v in tf.global_variables()] == ["scope/v:0", "r:0", "global_step:0"]
    assert tf.trainable_variables()[0] is tf.global_variables()[0]
    assert tf.train.get_global_step().name == "global_step:0"
    assert tf.get_collection("numbers") == [3, 4]
    assert tf.get_collection("floats") == [1.5]
    assert tf.get_collection("texts") == [b"hi"]
    (z,) = tf.get_collection("tensors")
    assert [z.op] == tf.get_collection("operations")
    assert [type(c).__name__ for c in tf.get_collection("cond_context")] == ["CondContext"] * 2
    (loop,) = tf.get_collection("while_context")
    assert loop.loop_exits[1] is z
    (runner,) = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    assert runner.name == "queue"
    saver.restore(session, str(GOLDEN / "graph"))
    assert session.run("z:0", {"x:0": 3.0}).tolist() == [24.0, 48.0]
    assert session.run("z:0", {"x:0": -1.0}).tolist() == [16.0, 24.0]
    v = tf.global_variables()[0]
    gradient = tf.gradients(session.graph.get_tensor_by_name("z:0"), v)[0]
    assert session.run(gradient, {"x:0": 3.0}).tolist() == [24.0, 24.0]


def test_a_graph_in_a_scope(session):
    with tf.name_scope("outer"):
        tf.constant(1.0)
    for scope in ("imp", "imp_1"):
        saver = tf.train.import_meta_graph(str(GOLDEN / "graph.meta"), import_scope="imp")
        names = [v.name for v in tf.global_variables()][-3:]
        assert names == [f"{scope}/scope/v:0", f"{scope}/r:0", f"{scope}/global_step:0"]
        assert saver.saver_def.restore_op_name == f"{scope}/save/restore_all"
        saver.restore(session, str(GOLDEN / "graph"))
        assert session.run(f"{scope}/z:0", {f"{scope}/x:0": 1.0}).tolist() == [8.0, 16.0]


def test_what_is_read_is_chosen(graph):
    x = tf.constant(2.0, name="mine")
    saver = tf.train.import_meta_graph(
        str(GOLDEN / "graph.meta"),
        input_map={"x:0": x},
        restore_collections_predicate=lambda key: key == "variables",
    )
    assert saver is not None
    assert graph.get_all_collection_keys() == ["variables"]
    assert graph.get_operation_by_name("branch/pred_id").inputs[0].op.inputs[0] is x


def test_devices_are_forgotten(graph):
    with tf.Graph().as_default(), tf.device("/gpu:3"):
        tf.get_variable("v", [2])
        message = tf.train.export_meta_graph()
        cleared = tf.train.export_meta_graph(clear_devices=True)
    assert "/device:GPU:3" in {node.device for node in message.graph_def.node}
    assert {node.device for node in cleared.graph_def.node} == {""}
    assert tf.train.import_meta_graph(message, clear_devices=True) is not None
    assert all(op.device == "" for op in graph.get_operations() if not op.name.startswith("save"))


def test_mistakes_of_reading(graph, tmp_path):
    with pytest.raises(OSError, match=r"^File .*none\.meta does not exist\.$"):
        tf.train.import_meta_graph(str(tmp_path / "none.meta"))
    (tmp_path / "junk").write_text("junk")
    with pytest.raises(OSError, match=r"^Cannot parse file .*junk: 1:1 : .*\.$"):
        tf.train.import_meta_graph(str(tmp_path / "junk"))
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        tf.train.import_meta_graph(3)
    graph.finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        tf.train.import_meta_graph(str(GOLDEN / "graph.meta"))


def test_a_graph_without_variables(graph):
    with tf.Graph().as_default():
        tf.constant(1.0, name="c")
        message = tf.train.export_meta_graph()
    assert tf.train.import_meta_graph(message) is None
    assert graph.get_operation_by_name("c").type == "Const"


# ---- Writing ----


def test_a_graph_is_written_as_tensorflow_writes_it(session, tmp_path):
    saver = graph_of_tensorflow()
    session.run(tf.global_variables_initializer())
    path = saver.save(session, str(tmp_path / "graph"))
    ours, theirs = read(f"{path}.meta"), read(GOLDEN / "graph.meta")
    theirs_nodes = {node.name: node for node in theirs.graph_def.node}
    ours_nodes = {node.name: node for node in ours.graph_def.node if node.name != "init"}
    assert set(ours_nodes) == set(theirs_nodes) - {"init"}
    for name, node in ours_nodes.items():
        wanted = theirs_nodes[name]
        assert (node.op, list(node.input), node.device) == (
            wanted.op,
            list(wanted.input),
            wanted.device,
        )
        assert node.attr["_output_shapes"] == wanted.attr["_output_shapes"], name
    assert ours.saver_def == theirs.saver_def
    assert set(ours.collection_def) == set(theirs.collection_def)
    for key, collection in theirs.collection_def.items():
        if key not in ("while_context", "cond_context"):  # their maps have no order
            assert ours.collection_def[key] == collection, key
    ops = [[op.name for op in m.meta_info_def.stripped_op_list.op] for m in (ours, theirs)]
    assert ops[0] == ops[1]


def test_a_graph_survives_writing_and_reading(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = graph_of_tensorflow()
        session.run(tf.global_variables_initializer())
        path = saver.save(session, str(tmp_path / "graph"))
        expected = session.run("z:0", {"x:0": 3.0})
        tf.train.export_meta_graph(str(tmp_path / "text" / "graph.pbtxt"), as_text=True)
    for file in (f"{path}.meta", tmp_path / "text" / "graph.pbtxt"):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.train.import_meta_graph(str(file)).restore(session, path)
            assert np.array_equal(session.run("z:0", {"x:0": 3.0}), expected)


def test_collections_that_cannot_be_written(graph, caplog):
    tf.add_to_collection("objects", object())
    tf.add_to_collection("mixed", 3)
    tf.add_to_collection("mixed", "three")
    tf.add_to_collection(("a", "tuple"), 3)
    tf.add_to_collection("good", True)
    with caplog.at_level(logging.WARNING, "tfsession"):
        message = tf.train.export_meta_graph()
    assert list(message.collection_def) == ["good"]
    assert "Issue encountered when serializing mixed." in caplog.text
    assert "Issue encountered when serializing objects." in caplog.text


def test_default_attributes_are_left_out(graph):
    tf.get_variable("v", [2], use_resource=False)
    message = tf.train.export_meta_graph(strip_default_attrs=True)
    attrs = {node.name: set(node.attr) for node in message.graph_def.node}
    assert attrs["v"] == {"_class", "_output_shapes", "dtype", "shape"}
    assert attrs["v/Assign"] == {"T", "_class", "_output_shapes"}
    assert message.meta_info_def.stripped_default_attrs
    with tf.Graph().as_default() as other:
        tf.train.import_meta_graph(message)
        assert other.get_operation_by_name("v/Assign").get_attr("validate_shape") is True


def test_operations_of_other_savers_are_left_out(graph):
    v = tf.get_variable("v", [2])
    kept = tf.train.Saver()
    tf.train.Saver([v], name="other")
    tf.add_to_collection(tf.GraphKeys.SAVERS, kept)
    message = kept.export_meta_graph(clear_extraneous_savers=True)
    scopes = {node.name.partition("/")[0] for node in message.graph_def.node}
    assert scopes == {"v", "save"}
    assert message.collection_def["savers"].bytes_list.value == [kept.saver_def.SerializeToString()]
    without = tf.train.export_meta_graph(clear_extraneous_savers=True)
    assert {node.name.partition("/")[0] for node in without.graph_def.node} == {"v"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"graph_def": 3}, "('graph_def must be of type GraphDef, not %s', <class 'int'>)"),
        ({"saver_def": 3}, "('saver_def must be of type SaverDef, not %s', <class 'int'>)"),
        ({"foo": 3}, "create_meta_graph_def() got an unexpected keyword argument 'foo'"),
    ],
)
def test_mistakes_of_writing(graph, arguments, text):
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        tf.train.export_meta_graph(**arguments)


# ---- Parts of graphs ----


def test_a_part_of_a_graph(session):
    x = tf.constant(3.0, name="x")
    with tf.variable_scope("hidden"):
        v = tf.get_variable("v", initializer=2.0, use_resource=False)
        tf.add(v, x, name="y")
    tf.get_variable("outside", initializer=1.0)
    tf.add_to_collection("tensors", x)
    tf.add_to_collection("tensors", session.graph.get_tensor_by_name("hidden/y:0"))
    message = tf.train.export_meta_graph(export_scope="hidden")
    assert [node.name for node in message.graph_def.node if "v" not in node.name] == ["y"]
    assert list(message.collection_def["tensors"].node_list.value) == ["y:0"]
    assert message.collection_def["unbound_inputs"].bytes_list.value == [b"$unbound_inputs_x"]
    assert "unbound_inputs" not in tf.train.export_meta_graph().collection_def
    with tf.Graph().as_default(), tf.Session() as other:
        with pytest.raises(
            ValueError, match=r"^Graph contains unbound inputs: \$unbound_inputs_x\. Must provide"
        ):
            tf.train.import_meta_graph(message)
        inputs = {"$unbound_inputs_x": tf.constant(5.0)}
        variables = meta_graph.import_scoped_meta_graph(
            message, import_scope="new", input_map=inputs
        )
        assert list(variables) == ["v:0"]
        other.run(tf.global_variables_initializer())
        assert other.run("new/y:0") == 7.0


# ---- Frozen graphs ----


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_trained_graph_is_frozen_and_used(tmp_path, use_resource):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=[[1.0], [-1.0]], use_resource=use_resource)
        tf.nn.sigmoid(tf.matmul(x, w), name="y")
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, str(tmp_path / "m"))
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.train.import_meta_graph(f"{path}.meta").restore(session, path)
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
        tf.train.write_graph(frozen, str(tmp_path), "frozen.pb", as_text=False)
    assert not {node.op for node in frozen.node} & {"VariableV2", "VarHandleOp", "RestoreV2"}
    with tf.Graph().as_default(), tf.Session() as session:
        message = tf.GraphDef()
        message.ParseFromString((tmp_path / "frozen.pb").read_bytes())
        y = tf.import_graph_def(message, return_elements=["y:0"], name="")[0]
        assert session.run(y, {"x:0": [[3.0, 3.0]]}).tolist() == [[0.5]]
