"""Queue runners: their threads, how they end, and their messages."""

from __future__ import annotations

import threading

import pytest

import tfsession as tf
from tfsession import errors
from tfsession.ops import queue as queues
from tfsession.train.coordinator import Coordinator
from tfsession.train.queue_runner import QueueRunner, add_queue_runner, start_queue_runners

PATIENCE = 20


def counting_queue(session, limit, capacity=10):
    """A queue and an operation that enqueues 0, 1, ... `limit` - 1."""
    count = tf.Variable(0, trainable=False, name="count")
    queue = queues.FIFOQueue(capacity, tf.int32, [[]], name="q")
    enqueue = queue.enqueue(count.count_up_to(limit), name="add")
    session.run(count.initializer)
    return queue, enqueue


def ended(threads):
    for thread in threads:
        thread.join(PATIENCE)
    return not any(thread.is_alive() for thread in threads)


def test_the_end_of_the_data_closes_the_queue(session):
    queue, enqueue = counting_queue(session, 3)
    runner = QueueRunner(queue, [enqueue])
    threads = runner.create_threads(session, daemon=True, start=True)
    dequeue = queue.dequeue()
    assert [int(session.run(dequeue)) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(errors.OutOfRangeError):
        session.run(dequeue)
    assert ended(threads)
    assert runner.exceptions_raised == []


def test_the_queue_is_closed_by_the_last_thread(session):
    queue, enqueue = counting_queue(session, 100, capacity=200)
    threads = QueueRunner(queue, [enqueue] * 4).create_threads(session, daemon=True, start=True)
    assert ended(threads)
    assert session.run(queue.is_closed())
    assert session.run(queue.size()) == 100


def test_a_stop_cancels_threads_that_wait(session):
    queue, enqueue = counting_queue(session, 100, capacity=1)
    coord = Coordinator()
    threads = QueueRunner(queue, [enqueue]).create_threads(session, coord, True, True)
    session.run(queue.dequeue())
    coord.request_stop()
    coord.join(threads)
    assert session.run(queue.is_closed())


def test_an_error_reaches_the_coordinator(session):
    queue = queues.FIFOQueue(3, tf.int32, [[]])
    zero = tf.placeholder_with_default(0, [])
    coord = Coordinator()
    QueueRunner(queue, [queue.enqueue(1 // zero)]).create_threads(session, coord, True, True)
    with pytest.raises(errors.InvalidArgumentError, match="division by zero"):
        coord.join()


def test_without_coordinator_an_error_is_kept_and_raised(session, monkeypatch, caplog):
    raised = []
    monkeypatch.setattr(threading, "excepthook", lambda args: raised.append(args.exc_type))
    queue = queues.FIFOQueue(3, tf.int32, [[]])
    zero = tf.placeholder_with_default(0, [])
    runner = QueueRunner(queue, [queue.enqueue(1 // zero)])
    assert ended(runner.create_threads(session, start=True))
    assert raised == [errors.InvalidArgumentError]
    assert [type(error) for error in runner.exceptions_raised] == raised
    assert "Exception in QueueRunner" in caplog.text


def test_other_errors_may_mean_the_end(session):
    queue = queues.FIFOQueue(3, tf.int32, [[]])
    zero = tf.placeholder_with_default(0, [])
    runner = QueueRunner(
        queue,
        [queue.enqueue(1 // zero)],
        queue_closed_exception_types=(errors.InvalidArgumentError,),
    )
    assert ended(runner.create_threads(session, start=True))
    assert session.run(queue.is_closed())


def test_threads_are_named_and_made_once(session):
    queue, enqueue = counting_queue(session, 100, capacity=1)
    runner, coord = QueueRunner(queue, [enqueue]), Coordinator()
    threads = runner.create_threads(session, coord, daemon=True, start=True)
    assert [thread.name for thread in threads] == [
        "QueueRunnerThread-q-add",
        "QueueRunnerThread-q-close_on_stop",
    ]
    assert runner.create_threads(session, coord) == []
    coord.request_stop()
    coord.join()
    assert len(runner.create_threads(session)) == 1


def test_threads_are_no_daemons_and_not_started_unless_asked(session):
    queue, enqueue = counting_queue(session, 3)
    threads = QueueRunner(queue, [enqueue]).create_threads(session)
    assert [(thread.daemon, thread.is_alive()) for thread in threads] == [(False, False)]
    assert session.run(queue.size()) == 0


def test_a_queue_that_is_closed_already_is_no_error(session):
    queue, enqueue = counting_queue(session, 0)
    session.run(queue.close())
    runner = QueueRunner(queue, [enqueue])
    assert ended(runner.create_threads(session, start=True))
    assert runner.exceptions_raised == []


def test_a_closed_session_cancels(session):
    queue, enqueue = counting_queue(session, 3)
    runner, coord, other = QueueRunner(queue, [enqueue]), Coordinator(), tf.Session()
    threads = runner.create_threads(other, coord, daemon=True)
    other.close()
    for thread in threads:
        thread.start()
    with pytest.raises(errors.CancelledError, match=r"^Session has been closed\.$"):
        coord.join(threads)


def test_closing_operations_are_made(session):
    queue, enqueue = counting_queue(session, 1)
    runner = QueueRunner(queue, [enqueue])
    assert (runner.close_op.name, runner.cancel_op.name) == ("q_Close", "q_Close_1")
    assert runner.cancel_op.get_attr("cancel_pending_enqueues")


def test_arguments_are_checked(session):
    queue, enqueue = counting_queue(session, 1)
    with pytest.raises(ValueError, match=r"Must provide queue and enqueue_ops\."):
        QueueRunner(queue, [])
    with pytest.raises(TypeError, match=r"must be a tuple of tf.error types, but saw: 5"):
        QueueRunner(queue, [enqueue], queue_closed_exception_types=5)
    message = QueueRunner(queue, [enqueue]).to_proto()
    with pytest.raises(ValueError, match="are mutually exclusive"):
        QueueRunner(queue, [enqueue], queue_runner_def=message)


def test_messages(session):
    with tf.name_scope("in"):
        queue, enqueue = counting_queue(session, 3)
        types = (errors.OutOfRangeError, errors.CancelledError)
        runner = QueueRunner(queue, [enqueue], queue_closed_exception_types=types)
    message = runner.to_proto()
    assert message.queue_name == "in/q"
    assert list(message.enqueue_op_name) == ["in/add"]
    assert (message.close_op_name, message.cancel_op_name) == ("in/q_Close", "in/q_Close_1")
    assert list(message.queue_closed_exception_types) == [errors.OUT_OF_RANGE, errors.CANCELLED]
    again = QueueRunner.from_proto(message)
    assert again.to_proto() == message
    assert again.enqueue_ops == [enqueue]
    inner = runner.to_proto(export_scope="in")
    assert inner.queue_name == "q"
    assert QueueRunner.from_proto(inner, import_scope="in").to_proto() == message
    assert runner.to_proto(export_scope="other") is None
    assert ended(again.create_threads(session, start=True))


# ---- start_queue_runners ----


def test_all_runners_of_the_graph_are_started(session):
    queue, enqueue = counting_queue(session, 3)
    add_queue_runner(QueueRunner(queue, [enqueue]))
    threads = start_queue_runners()
    assert all(thread.daemon for thread in threads)
    assert ended(threads)
    assert session.run(queue.size()) == 3


def test_starting_without_runners_warns(session, caplog):
    assert start_queue_runners(session) == []
    assert "no queue runners were defined" in caplog.text


def test_starting_wants_a_session():
    with pytest.raises(ValueError, match="Cannot start queue runners: No default session"):
        start_queue_runners()
    with pytest.raises(TypeError, match=r"sess must be a `tf.Session` object. Given class: "):
        start_queue_runners(5)
