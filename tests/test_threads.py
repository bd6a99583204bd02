"""Threads of kernels: every part is done once, errors arrive, results equal one thread's."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tfsession as tf
from tfsession.kernels import threads
from tfsession.resources import blas_threads


@pytest.fixture(params=[1, 2, 5])
def size(request):
    before = threads.size()
    threads.set_size(request.param)
    yield request.param
    threads.set_size(before)


def test_every_part_is_done_once(size):
    done = []
    threads.parallel(17, done.append)
    assert sorted(done) == list(range(17))


def test_nothing_to_do(size):
    threads.parallel(0, lambda part: pytest.fail("there is no part"))


def test_an_error_reaches_the_caller(size):
    def work(part):
        if part == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.parallel(8, work)
    test_every_part_is_done_once(size)


def test_work_inside_work(size):
    done = []

    def outer(i):
        threads.parallel(3, lambda j: done.append((i, j)))

    threads.parallel(3, outer)
    assert len(set(done)) == 9


def test_many_callers_at_once(size):
    counts = []

    def call():
        done = []
        for _ in range(50):
            threads.parallel(4, done.append)
        counts.append(len(done))

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert counts == [200] * 4


@pytest.mark.parametrize("count", [0, 1, 7, 64])
def test_shares_cover_everything(size, count):
    parts = threads.shares(count, 2)
    assert [i for part in parts for i in range(count)[part]] == list(range(count))
    assert len(parts) <= size


@pytest.mark.parametrize("shape", [(3, 4, 5), (300, 260, 256), (40, 700, 900), (900, 700, 40)])
@pytest.mark.parametrize("transposed", ["", "a", "b", "ab"])
def test_products(size, shape, transposed):
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    a = rng.standard_normal((inner, rows) if "a" in transposed else (rows, inner))
    b = rng.standard_normal((columns, inner) if "b" in transposed else (inner, columns))
    a = a.T if "a" in transposed else a
    b = b.T if "b" in transposed else b
    out = np.empty((rows, columns))
    np.testing.assert_allclose(threads.multiply(a, b), a @ b, rtol=1e-9)
    assert threads.multiply(a, b, out) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-9)
    assert threads.multiply(a, b).flags.c_contiguous


def test_large_element_wise_work(size):
    add = threads.by_rows(np.add, np.dtype(np.float32))
    x = np.arange(400_000, dtype=np.float32).reshape(400, 1000)
    for y in (x, x[0], x[:1], np.float32(2)):
        np.testing.assert_array_equal(add(x, y), x + y)
    np.testing.assert_array_equal(add(x[:, :1], x), x[:, :1] + x)
    np.testing.assert_array_equal(add(x[:, :1], x[0]), x[:, :1] + x[0])
    out = x.copy()
    assert add(out, x, out=out) is out
    np.testing.assert_array_equal(out, 2 * x)


def test_a_graph_of_large_arrays():
    value = np.linspace(-1, 1, 600_000, dtype=np.float32).reshape(300, 2000)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2000])
        y = tf.nn.relu(tf.nn.bias_add(x, tf.ones([2000]))) * x - tf.exp(x[0])
        result = session.run(y, {x: value})
    expected = np.maximum(value + 1, 0) * value - np.exp(value[0])
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_gradients_of_large_arrays_leave_what_is_fetched_as_well():
    """dy is reused for dx where y is still needed, and is read before it is overwritten."""
    value = np.linspace(0.5, 1, 400_000, dtype=np.float32).reshape(400, 1000)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [400, 1000])
        y = tf.tanh(x)
        (dx,) = tf.gradients(y, x, 2.0 * x)
        tanh, gradient = session.run([y, dx], {x: value})
    np.testing.assert_allclose(tanh, np.tanh(value), rtol=1e-6)
    np.testing.assert_allclose(gradient, 2 * value * (1 - np.tanh(value) ** 2), rtol=1e-5)


def test_a_kernel_that_is_cut_need_not_use_what_it_is_offered():
    double = threads.by_rows(lambda x, out: x * 2, np.dtype(np.int64), large=2)
    np.testing.assert_array_equal(double(np.arange(9)), 2 * np.arange(9))


def test_the_librarys_threads_come_back():
    before = [library.get_num_threads() for library in blas_threads._libraries()]
    with blas_threads.held, blas_threads.held:
        inside = {library.get_num_threads() for library in blas_threads._libraries()}
    assert inside <= {1}
    assert [library.get_num_threads() for library in blas_threads._libraries()] == before


def test_a_session_sets_the_threads():
    before = threads.size()
    try:
        with tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=3)):
            assert threads.size() == 3
        with tf.Session():
            assert threads.size() == 3
    finally:
        threads.set_size(before)


def test_32_threads_run_one_session():
    """Overlapping plans, updates and reads: no update is lost, every result is right."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None])
        total = tf.reduce_sum(x * 2.0)
        count = tf.get_variable("count", initializer=0.0)
        add = tf.assign_add(count, 1.0, use_locking=True)
        session.run(count.initializer)
        wrong = []

        def work(number):
            values = np.full(number + 1, 1.5, np.float32)
            for _ in range(20):
                result, _ = session.run([total, add.op], {x: values})
                if result != 3.0 * (number + 1):
                    wrong.append(result)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert wrong == []
        assert session.run(count) == 640


def test_closing_ends_32_busy_threads():
    """Plans that overlap, updates, queues that are full or empty: all end, with the right error."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None])
        count = tf.get_variable("count", initializer=0.0)
        ones = tf.get_variable("ones", initializer=np.zeros(3, np.float32), use_resource=True)
        queue, empty = (tf.FIFOQueue(5, [tf.float32], [[]]) for _ in range(2))
        fetches = [
            tf.reduce_sum(x * 2.0),
            tf.assign_add(count, 1.0, use_locking=True).op,
            ones.assign_add([1.0, 1.0, 1.0]),
            queue.enqueue(1.0),
            queue.dequeue(),
            empty.dequeue(),
        ]
        session = tf.Session()
        session.run([count.initializer, ones.initializer])
        busy, ends = threading.Barrier(33), []

        def work(number):
            fetch = fetches[number % len(fetches)]
            busy.wait()
            try:
                while True:
                    session.run(fetch, {x: [1.0, 2.0]})
            except (RuntimeError, tf.errors.CancelledError) as error:
                ends.append(str(error))

        workers = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for worker in workers:
            worker.start()
        busy.wait()
        while session.run(count) < 100:
            pass
        session.close()
        for worker in workers:
            worker.join(30)
    assert not any(worker.is_alive() for worker in workers)
    assert len(ends) == 32
    assert {end.partition("\n")[0] for end in ends} <= {
        "Attempted to use a closed Session.",
        "Session has been closed.",
        "Dequeue operation was cancelled",
        "Enqueue operation was cancelled",
    }
