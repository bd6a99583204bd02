"""Sessions on a GPU: what they leave behind, share with each other, and say in a forked process."""

from __future__ import annotations

import gc
import multiprocessing
from typing import Any

import numpy as np
import pytest

import tfsession as tf

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("real_cupy")]

MIB = 1 << 20


def taken(cupy: Any) -> int:
    """Bytes of GPU 0 that are in use."""
    gc.collect()
    free, total = cupy.cuda.runtime.memGetInfo()
    return int(total - free)


def test_constants_of_a_closed_session_go_with_it(real_cupy: Any) -> None:
    before = None
    for number in range(6):
        with tf.Graph().as_default():
            weights = tf.constant(np.full((512, 2048), number, np.float32))
            x = tf.placeholder(tf.float32, [None, 512])
            y = tf.matmul(x, weights)
            with tf.Session() as session:
                session.run(y, {x: np.ones((4, 512), np.float32)})
        if before is None:
            before = taken(real_cupy)
    assert taken(real_cupy) <= before + MIB


def test_an_array_that_outlives_its_session_is_given_back_when_it_goes(real_cupy: Any) -> None:
    before = taken(real_cupy)
    with tf.Graph().as_default(), tf.Session() as session:
        device = next(d for d in session._runner.devices.values() if d.kind == "GPU")
        kept = [device.copy_in(np.ones(2 * MIB, np.uint8))]
    assert taken(real_cupy) >= before + 2 * MIB
    kept.clear()
    assert taken(real_cupy) <= before


def test_sessions_on_a_reserved_card_wait_for_each_other(graph: tf.Graph) -> None:
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = False
    # Too little for both: each takes what the other one has left, whose work may not be done.
    config.gpu_options.experimental.memory_limit_bytes = 36 * MIB
    x = tf.placeholder(tf.float32, [None])
    total = tf.Variable(0.0)
    add = tf.assign_add(total, tf.reduce_sum(tf.sqrt(x * 2.0 + 1.0))).op
    least = tf.reduce_max(x * 0.0 - 1e6)
    ones = np.ones(4 * MIB, np.float32)
    with tf.Session(config=config) as one, tf.Session(config=config) as two:
        one.run(total.initializer)
        for _ in range(10):
            one.run(add, {x: ones})
            assert two.run(least, {x: ones}) == -1e6
        np.testing.assert_allclose(one.run(total), 10 * ones.size * np.sqrt(3), rtol=1e-4)


def test_running_out_of_memory_tells_the_shape(graph: tf.Graph) -> None:
    sizes = tf.placeholder(tf.int32, [2])
    y = tf.reduce_sum(tf.zeros(sizes) + 1.0)
    config = tf.ConfigProto()
    config.gpu_options.experimental.memory_limit_bytes = 64 * MIB
    with tf.Session(config=config) as session:
        with pytest.raises(tf.errors.ResourceExhaustedError, match=r"shape\[32768,1024\] and type"):
            session.run(y, {sizes: [32768, 1024]})
        assert session.run(y, {sizes: [2, 3]}) == 6


def _try_in_child(session: Any, fetch: Any, answers: Any) -> None:
    for run in (lambda: session.run(fetch), lambda: tf.Session().close()):
        try:
            run()
        except tf.errors.InternalError as error:
            answers.put(error.message)
        except BaseException as error:
            answers.put(repr(error))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_process_says_why_cuda_does_not_work(graph: tf.Graph) -> None:
    context = multiprocessing.get_context("fork")
    v = tf.Variable(1.0)
    with tf.Session() as session:
        session.run(v.initializer)
        fetch = v + 1.0
        assert session.run(fetch) == 2
        answers = context.SimpleQueue()
        child = context.Process(target=_try_in_child, args=(session, fetch, answers))
        child.start()
        for _ in range(2):
            assert "forked from one that uses it" in answers.get()
        child.join()
        assert session.run(fetch) == 2
