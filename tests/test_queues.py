"""Queues: what they give, when they wait, and how they end."""

from __future__ import annotations

import inspect
import re
import threading
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors
from tfsession.dtypes import float32, int32, int64, string
from tfsession.ops import queue as queues
from tfsession.resources import cancellation, queues as resources

# How long a test waits for what should come at once, in seconds.
PATIENCE = 20


class Waiting(cancellation.Cancellation):
    """A cancellation that tells when somebody waits under it."""

    def __init__(self) -> None:
        super().__init__()
        self.somebody_waits = threading.Event()

    def add(self, callback: Any) -> int | None:
        token = super().add(callback)
        self.somebody_waits.set()
        return token


class Attempt:
    """A call in a thread of its own, as a run makes it."""

    def __init__(self, function: Any, *arguments: Any, **options: Any) -> None:
        self.run = Waiting()
        self.result: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._work, args=(function, arguments, options), daemon=True
        )
        self._thread.start()

    def _work(self, function: Any, arguments: Any, options: Any) -> None:
        cancellation.set_current(self.run)
        try:
            self.result = function(*arguments, **options)
        except errors.OpError as error:
            self.error = error

    def waits(self) -> Attempt:
        """Returns as soon as the call waits."""
        assert self.run.somebody_waits.wait(PATIENCE)
        return self

    def cancel(self) -> None:
        self.run.cancel(errors.CancelledError(None, None, "step"))

    def ends(self) -> Any:
        """The result of the call, once it has ended; raises what it raised."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.result


def fifo(capacity: int = 10, shapes: Any = ((),), types: Any = (int64,)) -> resources.FIFOQueue:
    return resources.FIFOQueue("q", types, shapes, capacity)


def put(queue: resources.Queue, *numbers: int) -> None:
    queue.enqueue_many([np.array(numbers, np.int64)])


def take(queue: resources.Queue, count: int, **options: Any) -> list[int]:
    taken: list[int] = queue.dequeue_many(count, **options)[0].tolist()
    return taken


def number(value: int) -> Any:
    return np.int64(value)


# ---- Waiting and order ----


def test_a_dequeue_waits_for_an_element():
    queue = fifo()
    attempt = Attempt(queue.dequeue).waits()
    put(queue, 5)
    assert attempt.ends() == [5]


def test_an_enqueue_waits_for_room():
    queue = fifo(capacity=1)
    put(queue, 1)
    attempt = Attempt(queue.enqueue, [number(2)]).waits()
    assert queue.dequeue() == [1]
    attempt.ends()
    assert queue.dequeue() == [2]


def test_attempts_end_in_the_order_in_which_they_came():
    queue = fifo()
    first = Attempt(queue.dequeue).waits()
    second = Attempt(queue.dequeue).waits()
    put(queue, 1, 2)
    assert (first.ends(), second.ends()) == ([1], [2])


def test_a_large_batch_at_the_head_holds_up_later_dequeues_and_takes_what_comes():
    queue = fifo()
    batch = Attempt(queue.dequeue_many, 3).waits()
    single = Attempt(queue.dequeue).waits()
    put(queue, 1, 2)
    assert queue.statistics() == resources.QueueStatistics(0, 10, False, 0, 2)
    put(queue, 3, 4)
    assert batch.ends()[0].tolist() == [1, 2, 3]
    assert single.ends() == [4]


def test_enqueue_many_adds_one_by_one_as_there_is_room():
    queue = fifo(capacity=2)
    attempt = Attempt(put, queue, 1, 2, 3).waits()
    assert queue.size == 2
    assert take(queue, 3) == [1, 2, 3]
    attempt.ends()


def test_nothing_fits_into_a_queue_of_capacity_0():
    queue = fifo(capacity=0)
    attempt = Attempt(put, queue, 1).waits()
    attempt.cancel()
    with pytest.raises(errors.CancelledError, match="Enqueue operation was cancelled"):
        attempt.ends()


def test_a_negative_capacity_is_no_limit():
    queue = fifo(capacity=-1)
    put(queue, *range(1000))
    assert queue.size == 1000


# ---- Cancelling ----


def test_a_cancelled_dequeue_lets_the_next_one_go_on():
    queue = fifo()
    first = Attempt(queue.dequeue).waits()
    second = Attempt(queue.dequeue).waits()
    first.cancel()
    with pytest.raises(errors.CancelledError, match="Dequeue operation was cancelled"):
        first.ends()
    put(queue, 7)
    assert second.ends() == [7]


def test_what_a_cancelled_batch_has_taken_is_lost(caplog):
    queue = fifo()
    put(queue, 1)
    attempt = Attempt(queue.dequeue_many, 3).waits()
    attempt.cancel()
    with pytest.raises(errors.CancelledError):
        attempt.ends()
    assert queue.size == 0
    assert "q: Skipping cancelled dequeue attempt with queue not closed" in caplog.text


def test_what_a_cancelled_enqueue_has_put_stays():
    queue = fifo(capacity=2)
    attempt = Attempt(put, queue, 1, 2, 3).waits()
    attempt.cancel()
    with pytest.raises(errors.CancelledError):
        attempt.ends()
    assert take(queue, 2) == [1, 2]


def test_a_run_that_is_cancelled_already_does_not_begin():
    queue = fifo()
    put(queue, 1)
    run = cancellation.Cancellation()
    run.cancel(errors.CancelledError(None, None, "step"))
    cancellation.set_current(run)
    try:
        with pytest.raises(errors.CancelledError, match="Dequeue operation was cancelled"):
            queue.dequeue()
    finally:
        cancellation.set_current(None)
    assert queue.size == 1


def test_an_interrupt_while_waiting_leaves_the_queue_usable():
    """Ctrl-C in the main thread, which waits: here the wait itself raises."""

    class Interrupted(cancellation.Cancellation):
        def add(self, callback: Any) -> int | None:
            raise KeyboardInterrupt

    queue = fifo()
    cancellation.set_current(Interrupted())
    try:
        with pytest.raises(KeyboardInterrupt):
            queue.dequeue()
    finally:
        cancellation.set_current(None)
    put(queue, 1, 2)
    assert take(queue, 2) == [1, 2]


def test_a_signal_handler_may_cancel_the_run_that_it_interrupts():
    run = cancellation.Cancellation()

    class Callbacks(dict[int, Any]):
        def __setitem__(self, token: int, callback: Any) -> None:
            run.cancel(KeyboardInterrupt())  # as if a signal came here, within `add`
            super().__setitem__(token, callback)

    run._callbacks = Callbacks()
    # Given a token, whoever asked would wait for ever.
    assert Attempt(run.add, list).ends() is None


# ---- Closing ----


def test_closing_waits_for_enqueues_that_came_before():
    queue = fifo(capacity=1)
    put(queue, 1)
    enqueue = Attempt(put, queue, 2).waits()
    close = Attempt(queue.close).waits()
    assert not queue.is_closed
    assert queue.dequeue() == [1]
    enqueue.ends()
    close.ends()
    assert queue.is_closed


def test_closing_with_cancelling_fails_waiting_enqueues_and_keeps_elements():
    queue = fifo(capacity=1)
    enqueue = Attempt(put, queue, 1, 2).waits()
    queue.close(cancel_pending_enqueues=True)
    with pytest.raises(errors.CancelledError, match="Enqueue operation was cancelled"):
        enqueue.ends()
    queue.close(cancel_pending_enqueues=True)
    assert queue.dequeue() == [1]


def test_closing_twice_is_an_error():
    queue = fifo()
    queue.close()
    with pytest.raises(errors.CancelledError, match=r"Queue 'q' is already closed\."):
        queue.close()


def test_a_closed_queue_takes_nothing_and_gives_what_it_has():
    queue = fifo()
    put(queue, 1)
    queue.close()
    with pytest.raises(errors.CancelledError, match=r"FIFOQueue 'q' is closed\."):
        put(queue, 2)
    put(queue)
    assert queue.dequeue() == [1]
    with pytest.raises(errors.OutOfRangeError) as caught:
        queue.dequeue()
    assert caught.value.message == (
        "FIFOQueue 'q' is closed and has insufficient elements (requested 1, current size 0)"
    )
    assert take(queue, 0) == []


def test_a_batch_that_cannot_be_completed_puts_its_elements_back():
    queue = fifo()
    put(queue, 1, 2)
    attempt = Attempt(queue.dequeue_many, 3).waits()
    queue.close()
    with pytest.raises(errors.OutOfRangeError, match=r"\(requested 1, current size 0\)"):
        attempt.ends()
    assert [queue.dequeue(), queue.dequeue()] == [[1], [2]]


def test_dequeue_up_to_gives_the_rest_of_a_closed_queue():
    queue = fifo()
    put(queue, 1, 2)
    attempt = Attempt(queue.dequeue_many, 5, allow_fewer=True).waits()
    queue.close()
    assert attempt.ends()[0].tolist() == [1, 2]
    with pytest.raises(errors.OutOfRangeError, match=r"requested 5, current size 0"):
        take(queue, 5, allow_fewer=True)


def test_a_padding_queue_calls_itself_fifo_but_for_batches():
    queue = resources.PaddingFIFOQueue("p", [int64], [()], 10)
    queue.close()
    with pytest.raises(errors.OutOfRangeError, match=r"^FIFOQueue 'p'"):
        queue.dequeue()
    with pytest.raises(errors.OutOfRangeError, match=r"^PaddingFIFOQueue 'p'"):
        queue.dequeue_many(2)


# ---- Elements ----


def test_elements_are_copies():
    queue = fifo(shapes=((2,),))
    batch = np.arange(4).reshape(2, 2)
    queue.enqueue([batch[0]])
    queue.enqueue_many([batch])
    batch[...] = 9
    assert queue.dequeue_many(3)[0].tolist() == [[0, 1], [0, 1], [2, 3]]


def test_wrong_shapes_are_refused():
    queue = fifo(shapes=((2,),))
    with pytest.raises(errors.InvalidArgumentError) as caught:
        queue.enqueue([np.zeros(1)])
    assert caught.value.message == "Shape mismatch in tuple component 0. Expected [2], got [1]"
    with pytest.raises(errors.InvalidArgumentError, match=r"Expected \[1,2\], got \[1,1\]"):
        queue.enqueue_many([np.zeros((1, 1))])


def test_without_shapes_batches_must_only_be_of_one_length():
    queue = fifo(shapes=(), types=(float32, int32))
    with pytest.raises(errors.InvalidArgumentError) as caught:
        queue.enqueue_many([np.zeros(2), np.zeros(1)])
    assert caught.value.message == (
        "All input tensors must have the same size in the 0th dimension. Component 1 has 1, and "
        "should have 2"
    )
    with pytest.raises(errors.InvalidArgumentError, match="FIFOQueue's DequeueMany"):
        queue.dequeue_many(1)


def test_padding_fills_up_with_zeros_and_empty_strings():
    queue = resources.PaddingFIFOQueue("p", [float32, string], [(2, None), (None,)], 10)
    queue.enqueue([np.ones((2, 1), np.float32), np.array([b"a", b"b"], object)])
    queue.enqueue([np.full((2, 2), 2, np.float32), np.array([b"c"], object)])
    numbers, texts = queue.dequeue_many(2)
    assert numbers.tolist() == [[[1, 0], [1, 0]], [[2, 2], [2, 2]]]
    assert texts.tolist() == [[b"a", b"b"], [b"c", b""]]
    assert [part.shape for part in queue.dequeue_many(0)] == [(0, 2, 0), (0, 0)]


def test_a_priority_queue_gives_the_lowest_first_and_keeps_the_order_of_equals():
    queue = resources.PriorityQueue("p", [string], [()], 10)
    words = np.array([b"c", b"a", b"b", b"a2"], object)
    queue.enqueue_many([np.array([3, 1, 2, 1]), words])
    assert queue.dequeue_many(4)[1].tolist() == [b"a", b"a2", b"b", b"c"]


def test_one_padded_element_is_not_padded_and_rows_of_a_batch_may_be():
    queue = resources.PaddingFIFOQueue("p", [int64], [(None,)], 10)
    queue.enqueue([np.array([1, 2])])
    queue.enqueue_many([np.array([[3], [4]])])
    queue.enqueue([np.array([5, 6])])
    assert queue.dequeue()[0].tolist() == [1, 2]
    assert queue.dequeue_many(3)[0].tolist() == [[3, 0], [4, 0], [5, 6]]


def test_a_batch_that_a_shuffling_queue_cannot_complete_goes_to_the_back():
    queue = resources.RandomShuffleQueue("r", [int64], [()], 10, 0, (0, 0), lambda: 0)
    put(queue, 1, 2, 3)
    attempt = Attempt(queue.dequeue_many, 5).waits()
    queue.close()
    with pytest.raises(errors.OutOfRangeError, match=r"\(requested 2, current size 0\)"):
        attempt.ends()
    # 1, 3, 2 were taken, and are put back from the last to the first.
    assert [int(queue.dequeue()[0]) for _ in range(3)] == [2, 1, 3]


def test_size_and_is_closed_do_not_wait():
    queue = fifo()
    waiting = Attempt(queue.dequeue).waits()
    assert (queue.size, queue.is_closed) == (0, False)
    put(queue, 1, 2)
    waiting.ends()
    queue.close()
    assert (queue.size, queue.is_closed) == (1, True)


def test_a_batch_of_a_priority_queue_is_taken_at_once():
    queue = resources.PriorityQueue("p", [int64], [()], 10)
    queue.enqueue([number(5), number(50)])
    attempt = Attempt(queue.dequeue_many, 2).waits()
    assert queue.size == 1
    queue.enqueue([number(1), number(10)])
    assert attempt.ends()[1].tolist() == [10, 50]


# ---- The operations ----


def message(action: Any) -> str:
    """The first line of the error that `action` ends with."""
    with pytest.raises(errors.OpError) as caught:
        action()
    return str(caught.value.message).split("\n")[0]


def test_random_shuffle_gives_tensorflows_order(session):
    queue = queues.RandomShuffleQueue(100, 0, [tf.int32], [[]], seed=5)
    enqueue, dequeue = queue.enqueue_many([list(range(10))]), queue.dequeue()
    session.run(enqueue)
    assert [int(session.run(dequeue)) for _ in range(10)] == [1, 2, 0, 4, 8, 6, 9, 5, 7, 3]
    session.run(enqueue)
    assert [int(session.run(dequeue)) for _ in range(10)] == [9, 6, 4, 8, 1, 2, 5, 3, 0, 7]


def test_random_shuffle_follows_the_graph_seed(session):
    tf.set_random_seed(7)
    queue = queues.RandomShuffleQueue(100, 0, [tf.int32], [[]], seed=5)
    session.run(queue.enqueue_many([list(range(10))]))
    assert session.run(queue.dequeue_many(10)).tolist() == [3, 6, 2, 9, 0, 8, 7, 5, 4, 1]


def test_random_shuffle_keeps_a_minimum_until_it_is_closed(session):
    queue = queues.RandomShuffleQueue(10, 2, [tf.int32], [[]])
    session.run(queue.enqueue_many([[1, 2, 3]]))
    session.run(queue.dequeue())
    waiting = Attempt(session.run, queue.dequeue())
    session.run(queue.close())
    waiting.ends()
    assert session.run(queue.size()) == 1


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("FIFOQueue", "capacity, dtypes, shapes=None, names=None, shared_name=None"),
        ("PaddingFIFOQueue", "capacity, dtypes, shapes, names=None, shared_name=None"),
        ("PriorityQueue", "capacity, types, shapes=None, names=None, shared_name=None"),
        (
            "RandomShuffleQueue",
            "capacity, min_after_dequeue, dtypes, shapes=None, names=None, seed=None, "
            "shared_name=None",
        ),
    ],
)
def test_signatures(kind, arguments):
    parameters = list(inspect.signature(getattr(tf, kind)).parameters.values())
    wanted = [part.partition("=") for part in f"{arguments}, name=".split(", ")]
    assert [p.name for p in parameters] == [name for name, _, _ in wanted]
    optional = [p.name for p in parameters if p.default is not p.empty]
    assert optional == [name for name, equals, _ in wanted if equals]
    words = re.sub("(?<=[a-z])(?=[A-Z])", "_", kind.replace("FIFOQueue", "FifoQueue")).lower()
    assert parameters[-1].default == words


def test_what_a_queue_tells_of_itself(session):
    with tf.name_scope("scope"):
        queue = queues.FIFOQueue(3, [tf.int32, tf.string], [[2], []], ["a", "b"], name="q")
    assert queue.name == "scope/q"
    assert queue.queue_ref.dtype is tf.resource
    assert queue.queue_ref.op.type == "FIFOQueueV2"
    assert queue.dtypes == [tf.int32, tf.string]
    assert [shape.as_list() for shape in queue.shapes] == [[2], []]
    assert queue.names == ["a", "b"]
    assert queues.FIFOQueue(3, tf.int32).dtypes == [tf.int32]
    priority = queues.PriorityQueue(3, tf.int32, [[2]])
    assert priority.dtypes == [tf.int64, tf.int32]
    assert [shape.as_list() for shape in priority.shapes] == [[], [2]]
    for kind, arguments in (("Padding", ([[None]],)), ("RandomShuffle", ())):
        middle = "FIFOQueue" if kind == "Padding" else "Queue"
        first = (3, 1, tf.int32) if kind == "RandomShuffle" else (3, tf.int32)
        made = getattr(queues, kind + middle)(*first, *arguments)
        assert made.queue_ref.op.type == f"{kind}{middle}V2"


def test_elements_are_given_in_several_forms_and_converted(session):
    queue = queues.FIFOQueue(9, [tf.float32], [[]])
    for element in (1, [2], (3.0,), np.float64(4), tf.constant(5.0)):
        session.run(queue.enqueue(element))
    values = session.run(queue.dequeue_many(5))
    assert (values.dtype, values.tolist()) == (np.float32, [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="Tensor conversion requested dtype float32 for Tensor"):
        queue.enqueue(tf.constant(1))


def test_what_is_dequeued_is_a_tensor_or_a_list(session):
    single, pair = queues.FIFOQueue(9, tf.int32), queues.FIFOQueue(9, [tf.int32, tf.string])
    assert isinstance(single.dequeue(), tf.Tensor)
    assert isinstance(pair.dequeue(), list)
    session.run(pair.enqueue((1, "a")))
    assert session.run(pair.dequeue()) == [1, b"a"]


def test_an_empty_batch_comes_at_once(session):
    queue = queues.FIFOQueue(9, [tf.int32], [[2]])
    batches = [queue.dequeue_many(0), queue.dequeue_up_to(0)]
    assert [batch.shape for batch in session.run(batches)] == [(0, 2)] * 2
    session.run(queue.close())
    assert [batch.shape for batch in session.run(batches)] == [(0, 2)] * 2
    session.run(queue.enqueue_many([np.zeros((0, 2), np.int32)]))


def test_names_of_operations(session):
    queue = queues.FIFOQueue(3, [tf.float32], [[]], name="q")
    made = [queue.enqueue([1.0]), queue.enqueue_many([[1.0]]), queue.dequeue().op]
    made += [queue.dequeue_many(2).op, queue.dequeue_up_to(2).op, queue.size().op]
    made += [queue.close(), queue.is_closed().op, queue.dequeue().op]
    assert [op.name for op in made] == [
        *("q_enqueue", "q_EnqueueMany", "q_Dequeue", "q_DequeueMany", "q_DequeueUpTo", "q_Size"),
        *("q_Close", "q_Is_Closed", "q_Dequeue_1"),
    ]


def test_static_shapes(session):
    queue = queues.FIFOQueue(3, [tf.float32, tf.int32], [[2], []])
    assert [t.shape.as_list() for t in queue.dequeue()] == [[2], []]
    assert [t.shape.as_list() for t in queue.dequeue_many(4)] == [[4, 2], [4]]
    assert [t.shape.as_list() for t in queue.dequeue_up_to(4)] == [[None, 2], [None]]
    assert queues.FIFOQueue(3, tf.float32).dequeue().shape.ndims is None


def test_named_components_are_dicts(session):
    queue = queues.FIFOQueue(3, [tf.float32, tf.int32], [[], []], names=["a", "b"])
    session.run(queue.enqueue({"b": 2, "a": 1.0}))
    assert session.run(queue.dequeue()) == {"a": 1.0, "b": 2}
    with pytest.raises(ValueError, match="You must enqueue a dictionary in a Queue with names"):
        queue.enqueue([1.0, 2])
    with pytest.raises(ValueError, match=r"Dictionary: \['a'\],Queue: \['a', 'b'\]"):
        queue.enqueue({"a": 1.0})
    with pytest.raises(ValueError, match="Queue must have names to enqueue a dictionary"):
        queues.FIFOQueue(3, tf.float32).enqueue({"a": 1.0})


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: queues.FIFOQueue(1, [tf.int32], [[1], [2]]), "same length as dtypes, received"),
        (lambda: queues.FIFOQueue(1, [tf.float32], [[None]]), "All shapes must be fully defined"),
        (lambda: queues.FIFOQueue(1, tf.int32, names=["a", "b"]), r"len\(names\)=2,len"),
        (lambda: queues.PaddingFIFOQueue(1, tf.int32, None), "a list of shapes must be provided"),
        (lambda: queues.FIFOQueue(1, tf.int32, [[]]).dequeue_many(-1), "'n' must be >= 0"),
        (lambda: queues.FIFOQueue(1, tf.int32, [[2]]).enqueue([[1, 2, 3]]), "incompatible"),
        (lambda: queues.FIFOQueue(1, tf.int32, [[]]).enqueue_many(1), "rank at least 1"),
    ],
)
def test_mistakes_that_show_while_building(session, make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_mistakes_that_show_in_a_run(session):
    def size(queue: Any) -> Any:
        return lambda: session.run(queue.size())

    shuffle = queues.RandomShuffleQueue
    assert message(size(shuffle(3, 3, tf.int32))) == "min_after_dequeue 3 must be < capacity 3"
    assert message(size(shuffle(3, -1, tf.int32))) == "min_after_dequeue -1 must be >= 0"
    pair = queues.FIFOQueue(3, [tf.float32, tf.int32])
    assert message(lambda: session.run(pair.enqueue([1.0]))) == (
        "Signature mismatch, have: resource, float-> expected: resource, float, int32->"
    )


def test_queues_of_one_shared_name_are_one(session):
    first = queues.FIFOQueue(3, tf.float32, [[]], shared_name="S")
    second = queues.FIFOQueue(3, tf.float32, [[]], shared_name="S")
    session.run(first.enqueue(4.0))
    assert session.run(second.dequeue()) == 4.0
    session.run(first.enqueue(5.0))
    with tf.container("elsewhere"):
        third = queues.FIFOQueue(3, tf.float32, [[]], shared_name="S")
    assert session.run([second.size(), third.size()]) == [1, 0]
    with tf.Session() as other:
        assert other.run(second.size()) == 0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: queues.FIFOQueue(4, tf.float32, shared_name="S"),
            "Shared queue 'S' has capacity 3 but requested capacity was 4",
        ),
        (
            lambda: queues.FIFOQueue(3, tf.int32, shared_name="S"),
            "Shared queue 'S' has component types float but requested component types were int32",
        ),
        (
            lambda: queues.FIFOQueue(3, tf.float32, [[1]], shared_name="S"),
            "Shared queue 'S' has component shapes [] but requested component shapes were [[1]]",
        ),
        (
            lambda: queues.RandomShuffleQueue(3, 1, tf.float32, shared_name="S"),
            "Expected FIFOQueue, found RandomShuffleQueueV2",
        ),
    ],
)
def test_queues_of_one_shared_name_must_agree(session, make, text):
    session.run(queues.FIFOQueue(3, tf.float32, shared_name="S").size())
    assert message(lambda: session.run(make().size())) == text


def test_from_list_picks_when_it_runs(session):
    index = tf.placeholder(tf.int32, [])
    pair = [queues.FIFOQueue(3, tf.int32, [[]]) for _ in range(2)]
    picked = queues.QueueBase.from_list(index, pair)
    session.run(picked.enqueue(7), {index: 1})
    assert session.run([queue.size() for queue in pair]) == [0, 1]
    assert session.run(picked.dequeue(), {index: 1}) == 7
    assert "indices = 5 is not in [0, 2)" in message(lambda: session.run(picked.size(), {index: 5}))


def test_from_list_wants_queues_that_match(session):
    a, b = queues.FIFOQueue(1, tf.int32, [[]]), queues.FIFOQueue(1, tf.float32, [[]])
    with pytest.raises(TypeError, match="A list of queues expected"):
        queues.QueueBase.from_list(0, [])
    with pytest.raises(TypeError, match="Queues do not have matching component dtypes"):
        queues.QueueBase.from_list(0, [a, b])
    loose = queues.FIFOQueue(1, tf.int32)
    assert queues.QueueBase.from_list(0, [a, loose]).shapes[0].ndims is None


def test_a_step_that_waits_for_its_own_enqueue_ends(session):
    queue = queues.FIFOQueue(3, tf.int32, [[]])
    taken, _ = session.run([queue.dequeue(), queue.enqueue(3)])
    assert taken == 3


def test_a_timeout_ends_a_waiting_step(session):
    queue = queues.FIFOQueue(3, tf.int32, [[]])
    options = tf.RunOptions(timeout_in_ms=20)
    with pytest.raises(errors.DeadlineExceededError):
        session.run(queue.dequeue(), options=options)
    session.run(queue.enqueue(1))
    assert session.run(queue.dequeue()) == 1


def test_closing_the_session_ends_waiting_steps():
    with tf.Graph().as_default():
        queue = queues.FIFOQueue(3, tf.int32, [[]], shared_name="S")
        session = tf.Session()
        dequeue, enqueue = queue.dequeue(), queue.enqueue(1)
        session.run([enqueue, dequeue])
        waiting = Attempt(session.run, dequeue)
        resource = session._runner.resources.lookup("", "queue", "S")
        while not resource.statistics().waiting_dequeues:
            assert waiting.error is None
        session.close()
        with pytest.raises(errors.CancelledError, match="Dequeue operation was cancelled"):
            waiting.ends()


def test_fed_arrays_may_change_after_the_step(session):
    queue = queues.FIFOQueue(3, tf.float32, [[2]])
    x = tf.placeholder(tf.float32, [2])
    enqueue, fed = queue.enqueue([x]), np.array([1, 2], np.float32)
    session.run(enqueue, {x: fed})
    fed[:] = 0
    assert session.run(queue.dequeue()).tolist() == [1, 2]


def test_errors_name_the_operation(session):
    queue = queues.FIFOQueue(3, tf.int32, [[]], name="q")
    session.run(queue.close())
    with pytest.raises(errors.OutOfRangeError) as caught:
        session.run(queue.dequeue(name="take"))
    assert caught.value.op.name == "take"
