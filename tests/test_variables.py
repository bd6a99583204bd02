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


def make_cell():
    cell = VariableCell("v", dtypes.float32, (3,))
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
def test_what_was_read_never_changes(hold, update):
    cell = make_cell()
    held = hold(cell.read())
    before = held.copy()
    update(cell)
    np.testing.assert_array_equal(held, before)
    assert not np.shares_memory(held, cell.read())


def test_what_another_thread_read_never_changes():
    cell, has_read, may_end = make_cell(), threading.Event(), threading.Event()
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


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


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
