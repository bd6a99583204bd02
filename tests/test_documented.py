"""What TensorFlow's pages about sessions show, as programs, under both spellings of the module."""

from __future__ import annotations

import collections

import numpy as np
import pytest

import tfsession

MyData = collections.namedtuple("MyData", ["a", "b"])


@pytest.fixture(params=["tf", "tf.compat.v1"])
def tf(request):
    module = tfsession if request.param == "tf" else tfsession.compat.v1
    with module.Graph().as_default():
        yield module


def product(tf):
    """5 * 6."""
    return tf.constant(5.0) * tf.constant(6.0)


def test_session(tf):
    c = product(tf)
    session = tf.Session()
    assert session.run(c) == 30
    session.close()
    with tf.Session() as session:
        assert session.run(c) == 30


def test_session_with_config(tf, capsys):
    config = tf.ConfigProto(allow_soft_placement=True, log_device_placement=True)
    with tf.Session(config=config) as session:
        assert session.run(product(tf)) == 30
    assert "mul: (Mul): /job:localhost/replica:0/task:0/device:CPU:0" in capsys.readouterr().err


def test_as_default(tf):
    c = product(tf)
    session = tf.Session()
    with session.as_default():
        assert tf.get_default_session() is session
        assert c.eval() == 30
    assert tf.get_default_session() is None
    with session.as_default():
        assert c.eval() == 30
    session.close()


def test_as_default_does_not_change_the_graph(tf):
    session = tf.Session(graph=tf.Graph())
    with session.as_default():
        assert tf.get_default_graph() is not session.graph
        with session.graph.as_default():
            assert product(tf).eval() == 30
    session.close()


def test_interactive_session(tf):
    session = tf.InteractiveSession()
    assert product(tf).eval() == 30
    session.close()
    with tf.Session():
        assert product(tf).eval() == 30


def test_run(tf):
    a, b = tf.constant([10, 20]), tf.constant([1.0, 2.0])
    with tf.Session() as session:
        value = session.run(a)
        assert type(value) is np.ndarray
        assert value.tolist() == [10, 20]
        values = session.run([a, b])
        assert type(values) is list
        assert [v.tolist() for v in values] == [[10, 20], [1, 2]]
        values = session.run({"k1": MyData(a, b), "k2": [b, a]})
        assert values["k1"].a.tolist() == [10, 20]
        assert values["k1"].b.tolist() == [1, 2]
        assert [v.tolist() for v in values["k2"]] == [[1, 2], [10, 20]]


def test_run_with_feeds(tf):
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32, shape=(2, 2))
    with tf.Session() as session:
        assert session.run(x + 1.0, feed_dict={x: 2}) == 3
        value = session.run(tf.matmul(y, y), feed_dict={y: np.eye(2)})
        assert value.tolist() == [[1, 0], [0, 1]]


def test_partial_run(tf):
    a, b, c = (tf.placeholder(tf.float32, shape=[]) for _ in range(3))
    r1 = tf.add(a, b)
    r2 = tf.multiply(r1, c)
    with tf.Session() as session:
        handle = session.partial_run_setup([r1, r2], [a, b, c])
        result = session.partial_run(handle, r1, feed_dict={a: 1, b: 2})
        assert session.partial_run(handle, r2, feed_dict={c: result}) == 9


def test_make_callable(tf):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        add = session.make_callable(x + y, feed_list=[x, y])
        assert add(1.0, 2.0) == session.run(x + y, feed_dict={x: 1.0, y: 2.0})


def test_list_devices(tf):
    with tf.Session() as session:
        names = [device.name for device in session.list_devices()]
    assert names == ["/job:localhost/replica:0/task:0/device:CPU:0"]


def test_reset(tf):
    v = tf.get_variable("v", initializer=1.0)
    session = tf.Session()
    session.run(v.initializer)
    tf.Session.reset("")
    with pytest.raises(tf.errors.CancelledError):
        session.run(v)
    with tf.Session() as fresh, pytest.raises(tf.errors.FailedPreconditionError):
        fresh.run(v)
