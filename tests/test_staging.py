"""tf.contrib.staging: what waits between steps."""

from __future__ import annotations

import threading

import pytest

import tfsession as tf

StagingArea = tf.contrib.staging.StagingArea

pytestmark = pytest.mark.usefixtures("graph")


def test_tuples_come_out_in_their_order(session):
    x = tf.placeholder(tf.float32, [2])
    area = StagingArea([tf.float32, tf.int32], shapes=[[2], []], names=["x", "n"])
    put = area.put({"x": x, "n": tf.constant(3)})
    assert (put.name, put.type) == ("StagingArea_put", "Stage")
    got, second, size = area.get(), area.peek(1), area.size()
    assert got["x"].shape.as_list() == [2]
    for value in range(3):
        session.run(put, {x: [value, value]})
    assert session.run(second)["x"].tolist() == [1.0, 1.0]
    assert session.run(size) == 3
    for value in range(2):
        found = session.run(got)
        assert (found["x"].tolist(), found["n"]) == ([value, value], 3)
    session.run(area.clear())
    assert session.run(size) == 0


def test_a_pipeline(session):
    """The next input is put aside while the last one is worked on."""
    x = tf.placeholder(tf.float32, [])
    area = StagingArea([tf.float32], shapes=[[]])
    put, (got,) = area.put(x), area.get()
    session.run(put, {x: 0.0})
    results = [session.run([got * 10.0, put], {x: n})[0] for n in range(1, 5)]
    assert results == [0.0, 10.0, 20.0, 30.0]


def test_what_is_staged_is_a_copy(session):
    v = tf.Variable([1.0, 2.0])
    area = StagingArea([tf.float32])
    session.run(v.initializer)
    session.run(area.put([v]))
    session.run(v.assign([5.0, 6.0]))
    assert session.run(area.get())[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("limits", [{"capacity": 1}, {"memory_limit": 12}])
def test_a_full_area_waits(session, limits):
    area = StagingArea([tf.float32], shapes=[[2]], **limits)
    put, got = area.put([tf.zeros([2])]), area.get()
    session.run(put)
    done = threading.Event()

    def second():
        session.run(put)
        done.set()

    threading.Thread(target=second, daemon=True).start()
    session.run(got)
    assert done.wait(60)
    assert session.run(area.size()) == 1


def test_what_waits_ends_with_the_session(graph):
    area = StagingArea([tf.float32])
    got = area.get()
    session = tf.Session()
    options = tf.RunOptions(timeout_in_ms=50)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(got, options=options)
    errors = []

    def wait():
        try:
            session.run(got)
        except tf.errors.CancelledError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not errors and thread.is_alive():
        session.close()
    thread.join(60)
    assert errors


def test_areas_of_one_name_are_one(session):
    first = StagingArea([tf.float32], shared_name="shared")
    second = StagingArea([tf.float32], shared_name="shared")
    session.run(first.put(1.0))
    assert session.run(second.get()) == [1.0]
    assert (first.name, first.capacity, first.memory_limit) == ("shared", 0, 0)
    assert (first.dtypes, first.names) == ([tf.float32], None)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: StagingArea([tf.float32], shapes=[[1], [2]]), "shapes must be the same length"),
        (lambda: StagingArea([tf.float32], names=["a", "b"]), "names must be the same length"),
        (lambda: StagingArea([tf.float32]).put([1.0, 2.0]), "Unexpected number of inputs '2' vs"),
        (lambda: StagingArea([tf.float32]).put({"x": 1.0}), "must have names to enqueue a dict"),
        (lambda: StagingArea([tf.float32], names=["x"]).put([1.0]), "must enqueue a dictionary"),
        (lambda: StagingArea([tf.float32], names=["x"]).put({"y": 1.0}), r"has names \['x'\]"),
        (lambda: StagingArea([tf.float32], shapes=[[2]]).put([[1.0]]), "are incompatible"),
    ],
)
def test_mistakes(call, text):
    with pytest.raises(ValueError, match=text):
        call()
