"""Variables: their cell, and both forms in a session."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tfsession as tf
from tfsession import dtypes, errors
from tfsession.resources.containers import ResourceManager
from tfsession.resources.variables import VariableCell

FORMS = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def make_cell(is_resource=False):
    cell = VariableCell("v", dtypes.float32, (3,), is_resource=is_resource)
    cell.assign(np.float32([1, 2, 3]))
    return cell


def increment(cell):
    with cell.lock:
        cell.writable()[...] += 1


def address(cell):
    return cell.read().ctypes.data


def test_update_in_place_keeps_the_address():
    cell = make_cell()
    before = address(cell)
    increment(cell)
    cell.assign(np.float32([4, 5, 6]))
    assert address(cell) == before


@pytest.mark.parametrize("hold", [lambda a: a, lambda a: a[1:], lambda a: a.reshape(3, 1).T])
@pytest.mark.parametrize("update", [increment, lambda c: c.assign(np.zeros(3, np.float32))])
def test_what_was_read_of_a_resource_variable_never_changes(hold, update):
    cell = make_cell(is_resource=True)
    held = hold(cell.read())
    before = held.copy()
    update(cell)
    np.testing.assert_array_equal(held, before)
    assert not np.shares_memory(held, cell.read())


@pytest.mark.parametrize("update", [increment, lambda c: c.assign(np.float32([2, 3, 4]))])
def test_what_was_read_of_a_reference_variable_is_its_memory(update):
    cell = make_cell()
    held = cell.read()[1:]
    update(cell)
    assert held.tolist() == [3, 4]


def test_a_scalar_of_numpy_goes_into_the_memory():
    cell = VariableCell("v", dtypes.float32, ())
    cell.assign(np.array(1, np.float32))
    held = cell.read()
    cell.assign(np.float32(2))
    assert held == 2


def test_what_another_thread_read_of_a_resource_variable_never_changes():
    cell, has_read, may_end = make_cell(is_resource=True), threading.Event(), threading.Event()
    kept = []

    def reader():
        value = cell.read()
        has_read.set()
        may_end.wait()
        kept.append(value.tolist())

    thread = threading.Thread(target=reader)
    thread.start()
    has_read.wait()
    increment(cell)
    may_end.set()
    thread.join()
    assert kept == [[1, 2, 3]]


def test_assigning_its_own_view():
    cell = make_cell()
    cell.assign(cell.read()[::-1])
    assert cell.read().tolist() == [3, 2, 1]


def test_resources_of_a_container_are_released():
    resources = ResourceManager()
    cell = resources.lookup_or_create("", "variable", "v", make_cell)
    assert resources.lookup("localhost", "variable", "v") is cell
    resources.clear(["other"])
    assert cell.is_initialized
    resources.clear([""])
    assert not cell.is_initialized
    assert len(resources) == 0


def names(graph):
    return [op.name for op in graph.get_operations()]


def test_nodes_of_a_reference_variable(graph):
    tf.Variable([1.0], name="v")
    assert names(graph) == ["v/initial_value", "v", "v/Assign", "v/read"]
    assert graph.get_operation_by_name("v/read").colocation_groups() == [b"loc:@v"]


def test_nodes_of_a_resource_variable(graph):
    tf.Variable([1.0], name="v", use_resource=True)
    assert names(graph) == [
        "v/Initializer/initial_value",
        "v",
        "v/IsInitialized/VarIsInitializedOp",
        "v/Assign",
        "v/Read/ReadVariableOp",
    ]


@FORMS
def test_assignments(graph, use_resource):
    v = tf.Variable([1.0, 2.0], use_resource=use_resource)
    with tf.Session() as session:
        session.run(v.initializer)
        np.testing.assert_array_equal(session.run(v.assign_add([1.0, 1.0])), [2, 3])
        np.testing.assert_array_equal(session.run(v.assign_sub([0.0, 1.0])), [2, 2])
        np.testing.assert_array_equal(session.run(tf.scatter_add(v, [1, 1], [1.0, 2.0])), [2, 5])
        v.load([7.0, 8.0], session)
        np.testing.assert_array_equal(session.run(v + 1.0), [8, 9])


@FORMS
def test_fetched_value_does_not_change(graph, use_resource):
    v = tf.Variable([1.0], use_resource=use_resource)
    change = v.assign_add([1.0])
    with tf.Session() as session:
        session.run(v.initializer)
        before = session.run(v)
        session.run(change)
        assert before.tolist() == [1.0]
        before[:] = 9.0
        assert session.run(v).tolist() == [2.0]


@pytest.mark.parametrize(
    ("use_resource", "text"),
    [
        (False, "Attempting to use uninitialized value v"),
        (True, "Error while reading resource variable v from Container: localhost. This could"),
    ],
)
def test_uninitialised(graph, use_resource, text):
    v = tf.Variable([1.0], name="v", use_resource=use_resource)
    with tf.Session() as session, pytest.raises(errors.FailedPreconditionError, match=text):
        session.run(v + 1.0)


def test_assign_of_another_shape(graph):
    v = tf.Variable([1.0, 2.0], name="v")
    x = tf.placeholder(tf.float32)
    with (
        tf.Session() as session,
        pytest.raises(errors.InvalidArgumentError, match=r"lhs shape= \[2\] rhs shape= \[3\]"),
    ):
        session.run(tf.assign(v, x), {x: [1.0, 2.0, 3.0]})


def test_count_up_to(graph):
    v = tf.Variable(0)
    count = v.count_up_to(2)
    with tf.Session() as session:
        session.run(v.initializer)
        assert [session.run(count), session.run(count)] == [0, 1]
        with pytest.raises(errors.OutOfRangeError, match="Reached limit of 2"):
            session.run(count)


@FORMS
def test_report_uninitialised(graph, use_resource):
    v = tf.Variable(0, name="v", use_resource=use_resource)
    tf.Variable(0, name="w", use_resource=use_resource)
    report = tf.report_uninitialized_variables()
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(report).tolist() == [b"w"]


@FORMS
def test_message_and_back(graph, use_resource):
    v = tf.Variable([1.0], name="v", use_resource=use_resource)
    again = tf.Variable.from_proto(v.to_proto())
    assert repr(again) == repr(v)
    assert again.initializer is v.initializer


@pytest.mark.parametrize("use_resource", [False, True])
def test_references_are_keys(use_resource):
    with tf.Graph().as_default():
        v = tf.Variable(1.0, use_resource=use_resource)
        x = tf.constant(1.0)
        assert {v.experimental_ref(): 1, x.experimental_ref(): 2}[v.experimental_ref()] == 1
        assert x.experimental_ref().deref() is x
        assert x.experimental_ref() != v.experimental_ref()
        assert tf.is_tensor(x)
        assert tf.is_tensor(v)
        assert not tf.is_tensor(1.0)


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v.assign_add([1.0, 1.0]),
        lambda v: v.assign_sub([1.0, 1.0]),
        lambda v: tf.gather(v, [0]),
        lambda v: v.gather_nd([[0]]),
        lambda v: tf.scatter_update(v, [0], [1.0]),
        lambda v: tf.scatter_nd_update(v, [[0]], [1.0]),
        lambda v: v[0:1].assign([1.0]),
        lambda v: tf.raw_ops.VariableShape(input=v.handle),
    ],
    ids="assign_add assign_sub gather gather_nd scatter_update scatter_nd slice shape".split(),
)
def test_a_resource_that_is_not_there(graph, use):
    """Only reading says that the variable is uninitialised; all else does not find it."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    result = use(v)
    with tf.Session() as session:
        with pytest.raises(
            errors.NotFoundError, match=r"^Resource localhost/v/N10tensorflow3VarE does not exist\."
        ):
            session.run(result)
        with pytest.raises(errors.FailedPreconditionError, match="Error while reading resource"):
            session.run(v)


def test_handles_know_dtype_and_shape(graph):
    handle = tf.raw_ops.VarHandleOp(dtype=tf.int32, shape=[1], shared_name="h")
    read, assign = tf.raw_ops.ReadVariableOp, tf.raw_ops.AssignVariableOp
    with pytest.raises(ValueError, match=r"read variable with wrong dtype\. Expected int32 got f"):
        read(resource=handle, dtype=tf.float32)
    with pytest.raises(ValueError, match=r"assign variable with wrong dtype\. Expected int32 got"):
        assign(resource=handle, value=tf.constant([1.0]))
    with pytest.raises(ValueError, match=r"Dimension 0 in both shapes must be equal, but are 1"):
        assign(resource=handle, value=tf.constant([1, 2]))


def test_the_older_op_of_variables(graph):
    from tfsession.python.ops import state_ops

    v = state_ops.variable_op([1], tf.float32)
    assert v.op.type == "Variable"
    assert v.shape == [1]
    assert state_ops.variable_op([], tf.float32).shape == []
    assert state_ops.variable_op([1], tf.float32, set_shape=False).shape.ndims is None
    with tf.Session() as session:
        session.run(tf.assign(v, [3.0]))
        assert session.run(v) == [3]


def test_the_default_kind_is_switched_and_back():
    assert not tf.resource_variables_enabled()
    tf.enable_resource_variables()
    try:
        assert tf.resource_variables_enabled()
        assert tf.Variable(1.0).op.type == "VarHandleOp"
        assert tf.Variable(1.0, use_resource=False).op.type == "VariableV2"
    finally:
        tf.disable_resource_variables()
    assert tf.Variable(1.0).op.type == "VariableV2"
