"""Tensor handles: kept, fed, read, deleted, and gone with their last reference."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import tfsession as tf
from tfsession.ops.session_ops import (
    delete_session_tensor,
    get_session_handle,
    get_session_tensor,
)
from tfsession.resources.handles import session_store
from tfsession.run.handles import TensorHandle

pytestmark = pytest.mark.usefixtures("graph")


def kept(session):
    return len(session_store(session._runner.resources))


CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def test_the_text_of_a_handle(session):
    op = get_session_handle(tf.constant([1.0, 2.0]), name="hd")
    first, second = session.run(op), session.run([op])[0]
    assert isinstance(first, TensorHandle)
    assert (str(first), second.handle) == (f"hd;0;{CPU}", f"hd;1;{CPU}")


def test_eval_gives_the_callers_own_value(session):
    v = tf.get_variable("v", initializer=np.ones(2, np.float32), use_resource=False)
    session.run(v.initializer)
    handle = session.run(get_session_handle(v + 0.0))
    of_variable = session.run(get_session_handle(tf.identity(v)))
    session.run(v.assign([5.0, 5.0]))
    value = handle.eval()
    value[:] = 7
    np.testing.assert_array_equal(handle.eval(), [1, 1])
    np.testing.assert_array_equal(of_variable.eval(), [1, 1])


def test_only_tensors_are_kept(session):
    with pytest.raises(TypeError, match=r"^`data` must be of type Tensor\.$"):
        get_session_handle(3.0)


def test_a_handle_is_fed_to_any_tensor(session):
    x = tf.placeholder(tf.float32, [2])
    handle = session.run(get_session_handle(tf.constant([1.0, 2.0])))
    np.testing.assert_array_equal(session.run(x * 2.0, {x: handle}), [2, 4])
    total, fed = session.run([x + 1.0, x], {x: handle})
    np.testing.assert_array_equal(total, [2, 3])
    fed[:] = 9
    np.testing.assert_array_equal(handle.eval(), [1, 2])
    constant = tf.constant([5.0, 5.0])
    np.testing.assert_array_equal(session.run(constant, {constant: handle}), [1, 2])


def test_no_shape_check(session):
    x = tf.placeholder(tf.float32, [2])
    handle = session.run(get_session_handle(tf.zeros([3])))
    assert session.run(tf.identity(x), {x: handle}).shape == (3,)


def test_another_dtype_is_refused(session):
    i = tf.placeholder(tf.int32)
    handle = session.run(get_session_handle(tf.constant(1.0)))
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^Expects arg\[0\] to be int32 but float is provided$",
    ):
        session.run(i + 1, {i: handle})


def test_a_handle_of_another_session(session):
    x = tf.placeholder(tf.float32, [2])
    op = get_session_handle(tf.constant([1.0, 2.0]))
    with tf.Session() as other:
        handle = other.run(op)
        with pytest.raises(tf.errors.InvalidArgumentError, match="not in the session store"):
            session.run(x + 1.0, {x: handle})


def test_reading_by_text(session):
    handle = session.run(get_session_handle(tf.constant([1.0, 2.0])))
    holder, tensor = get_session_tensor(handle.handle, tf.float32)
    assert holder.dtype is tf.string
    assert tensor.op.device == CPU
    np.testing.assert_array_equal(session.run(tensor + 1.0, {holder: handle.handle}), [2, 3])


def test_reading_as_another_dtype(session):
    handle = session.run(get_session_handle(tf.constant([1.0, 2.0])))
    holder, tensor = get_session_tensor(handle.handle, tf.int32)
    with pytest.raises(
        tf.errors.InternalError,
        match="Output 0 of type float does not match declared output type int32",
    ):
        session.run(tensor, {holder: handle.handle})


def test_unknown_handles(session):
    text = "hd;9;/cpu:0"
    holder, tensor = get_session_tensor(text, tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^The tensor with handle 'hd;9;/cpu:0' is not in the session store\.",
    ):
        session.run(tensor, {holder: text})
    holder, deleter = delete_session_tensor(text)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^Failed to delete a tensor with handle 'hd;9;/cpu:0' in the session store\.",
    ):
        session.run(deleter, {holder: text})
    with pytest.raises(ValueError, match="what"):
        get_session_tensor("hd;9;what", tf.float32)


def test_deleting(session):
    handle = session.run(get_session_handle(tf.constant(1.0), name="hd"))
    handle.delete()
    assert kept(session) == 0
    for method in (handle.eval, handle.delete):
        with pytest.raises(
            TypeError, match=rf"^Persistent tensor hd;0;{CPU} may have already been deleted\.$"
        ):
            method()


def test_a_raw_handle_stays_until_it_is_deleted_by_its_text(session):
    text = session.run(get_session_handle(tf.constant(1.0))).get_raw_handle()
    gc.collect()
    assert kept(session) == 1
    holder, deleter = delete_session_tensor(text)
    session.run(deleter, {holder: text})
    assert kept(session) == 0


def test_collected_handles_release_at_once_and_leave_the_graph_alone(session, graph):
    op = get_session_handle(tf.constant(1.0))
    graph.finalize()
    for _ in range(25):
        session.run(op)
    gc.collect()
    assert kept(session) == 0


def test_closing_releases(graph):
    session = tf.Session(graph=graph)
    handle = session.run(get_session_handle(tf.constant(1.0)))
    store = session_store(session._runner.resources)
    session.close()
    assert len(store) == 0
    with pytest.raises(RuntimeError, match="closed Session"):
        handle.eval()
    del handle


def test_to_numpy_array(session):
    handle = session.run(get_session_handle(tf.constant(1.0), name="hd"))
    array = handle.to_numpy_array()
    assert array.dtype == np.dtype([("resource", "u1")])
    assert tf.protos.ResourceHandleProto.FromString(array.tobytes()).name == str(handle)


def test_the_second_version_of_the_op(session):
    handle = session.run(tf.raw_ops.GetSessionHandleV2(value=tf.constant([1.0])))
    assert isinstance(handle, TensorHandle)
    np.testing.assert_array_equal(handle.eval(), [1])


def test_strings_and_scalars(session):
    words = session.run(get_session_handle(tf.constant([b"a", b"bc"])))
    assert words.eval().tolist() == [b"a", b"bc"]
    number = session.run(get_session_handle(tf.constant(2.5)))
    assert type(number.eval()) is np.float32


def test_kept_on_the_device_and_read_on_another(monkeypatch, graph):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2")
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x)
    op = get_session_handle(y)
    with tf.Session(graph=graph) as session:
        handle = session.run(op, {x: [0, 0]})
        assert handle.handle.endswith("device:GPU:0")
        gpu = session._runner.devices[handle.handle.split(";")[-1]]
        holder, tensor = get_session_tensor(handle.handle, tf.float32)
        before = gpu.copies_in
        np.testing.assert_array_equal(session.run(tensor + 1.0, {holder: str(handle)}), [2, 2])
        assert gpu.copies_in == before + 1, "the constant, and not the kept tensor"
        for device in ("/cpu:0", "/gpu:1"):
            holder, tensor = get_session_tensor(f"x;0;{device}", tf.float32)
            np.testing.assert_array_equal(session.run(tensor, {holder: str(handle)}), [1, 1])
        np.testing.assert_array_equal(session.run(y + 1.0, {y: handle}), [2, 2])
