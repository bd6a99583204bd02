"""Random numbers are TensorFlow's: same seeds, same values."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tfsession as tf
from tfsession.kernels.random import PhiloxState, philox_words
from tfsession.ops.random import get_seed


def twice(build):
    """Two steps of one session."""
    with tf.Graph().as_default(), tf.Session() as session:
        tensor = build()
        return session.run(tensor), session.run(tensor)


def test_words_of_the_first_blocks():
    words = philox_words(np, 87654321, 1 << 64, 2)
    assert [[f"{word:08x}" for word in block] for block in words] == [
        ["ab1e98c7", "cdf5cfa7", "f1867731", "4c3f748e"],
        ["00eaf265", "c4836362", "a50b474a", "8f3a73d9"],
    ]


def test_counter_carries_into_its_high_words():
    """Blocks on both sides of 2^32 and of 2^64 are those of the exact counters."""
    for edge in (2**32, 2**64, 2**128):
        whole = philox_words(np, 5, edge - 2, 4)
        parts = [philox_words(np, 5, (edge - 2 + i) % 2**128, 1)[0] for i in range(4)]
        np.testing.assert_array_equal(whole, parts)


def test_words_of_small_draws():
    """What is computed ahead is what each call would get, whatever comes between."""
    state, plain = PhiloxState(7, 9), PhiloxState(7, 9)
    for call in range(300):
        count = 5 if call in (3, 4, 270) else 2
        found = state.few_words(count, 2)
        np.testing.assert_array_equal(found, philox_words(np, 7, plain.take(256 * count), 2))
        found[...] = 0
    assert state.take(1) == plain.take(1)
    np.testing.assert_array_equal(state.few_words(2, 2), philox_words(np, 7, plain.take(512), 2))


# How to draw, and what TensorFlow gives in the first and the second step.
WORKED = {
    "uniform": (
        lambda: tf.random_uniform([4], seed=1),
        [0.2390374, 0.92039955, 0.05051243, 0.49574447],
        [0.97840536, 0.7541301, 0.79549515, 0.07647216],
    ),
    "uniform of 10": (
        lambda: tf.random_uniform([10], seed=1)[4:],
        [0.8355223, 0.02647042, 0.08811307, 0.4566604, 0.76883924, 0.7376363],
        [0.65783775, 0.9538939, 0.6225276, 0.43292427, 0.20510828, 0.6519364],
    ),
    "uniform of 2": (
        lambda: tf.random_uniform([2], seed=1),
        [0.2390374, 0.92039955],
        [0.34304976, 0.1896193],
    ),
    "uniform between": (
        lambda: tf.random_uniform([2, 3], -1.0, 3.0, seed=1),
        [[-0.04385042, 2.6815982, -0.79795027], [0.98297787, 2.3420892, -0.8941183]],
        None,
    ),
    "uniform float64": (
        lambda: tf.random_uniform([3], dtype=tf.float64, seed=1),
        [0.9122999234504989, 0.4040997484619626, 0.6841790844248057],
        None,
    ),
    "uniform float16": (
        lambda: tf.random_uniform([4], dtype=tf.float16, seed=1),
        np.float16([0.1943, 0.913, 0.798, 0.1387]),
        None,
    ),
    "normal": (
        lambda: tf.random_normal([5], seed=1),
        [-0.8113182, 1.4845988, 0.06532937, -2.4427042, 0.0992484],
        [-0.36332107, -0.07205155, -0.5527937, 0.10289733, -0.39558855],
    ),
    "normal float64": (
        lambda: tf.random_normal([4], dtype=tf.float64, seed=1),
        [0.24282755, -0.35299822, -0.83650779, -0.24356902],
        None,
    ),
    "truncated normal": (
        lambda: tf.truncated_normal([10], seed=1),
        [
            -0.8113182,
            1.4845988,
            0.06532937,
            0.0992484,
            0.6396971,
            1.6108712,
            0.16353562,
            -1.5157056,
            1.3587774,
            0.5417413,
        ],
        [
            -0.666205,
            -0.416783,
            1.8211031,
            0.680353,
            -0.49349836,
            -1.0575068,
            -0.8663179,
            -1.9345728,
            0.42916828,
            0.03209855,
        ],
    ),
    "truncated normal, scaled": (
        lambda: tf.truncated_normal([4], 1.0, 2.0, seed=1),
        [-0.62263644, 3.9691975, 1.1306587, 1.1984968],
        [0.5822295, 1.0108438, 1.6253251, 2.1997054],
    ),
    "int32": (
        lambda: tf.random_uniform([6], 0, 100, tf.int32, seed=1),
        [27, 59, 93, 22, 77, 94],
        [96, 10, 47, 59, 46, 98],
    ),
    "int64": (
        lambda: tf.random_uniform([4], -5, 10**12, tf.int64, seed=1),
        [466032529806, 227674122710, 925885512346, 874635386709],
        [713399341244, 237733281017, 67191043285, 842961901066],
    ),
    "shuffle": (
        lambda: tf.random_shuffle(tf.range(10), seed=1),
        [7, 9, 3, 6, 5, 1, 8, 4, 0, 2],
        [5, 1, 8, 3, 0, 9, 4, 7, 2, 6],
    ),
    "shuffle of rows": (
        lambda: tf.random_shuffle(np.arange(10).reshape(5, 2), seed=1)[:, 0],
        [4, 8, 0, 6, 2],
        [4, 6, 0, 8, 2],
    ),
    "dropout": (
        lambda: tf.nn.dropout(tf.ones([8]), keep_prob=0.5, seed=1),
        [0, 2, 0, 0, 2, 0, 0, 0],
        [0, 2, 2, 0, 0, 2, 0, 0],
    ),
    "multinomial": (
        lambda: tf.multinomial([[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 3.0]], 5, seed=1),
        [[3, 1, 2, 2, 0], [2, 2, 3, 3, 3]],
        [[3, 0, 1, 0, 0], [3, 3, 1, 3, 3]],
    ),
    "gamma": (
        lambda: tf.random_gamma([3], alpha=2.0, seed=1),
        [1.2512219, 0.91444606, 0.86732966],
        [1.1270176, 1.1973407, 2.5568244],
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_values(name):
    build, first, second = WORKED[name]
    tolerance = 1e-3 if "float16" in name else 2e-6
    values = twice(build)
    np.testing.assert_allclose(values[0], first, tolerance, 1e-6)
    if second is not None:
        np.testing.assert_allclose(values[1], second, tolerance, 1e-6)


def test_graph_seed_alone_takes_the_number_of_the_last_operation():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        tensor = tf.random_uniform([3])
        raw = tensor.graph.get_operation_by_name("random_uniform/RandomUniform")
        assert (raw.get_attr("seed"), raw.get_attr("seed2")) == (7, 3)
        wanted = [0.4010878801345825, 0.37683892250061035, 0.3092927932739258]
        np.testing.assert_array_equal(session.run(tensor), np.float32(wanted))


@pytest.mark.parametrize(
    ("graph_seed", "op_seed", "wanted"),
    [
        (None, None, (None, None)),
        (None, 0, (87654321, 0)),
        (None, -3, (87654321, 2147483644)),
        (0, 0, (0, 2147483647)),
        (0, 5, (0, 5)),
        (-1, 2**31, (2147483646, 1)),
    ],
)
def test_get_seed(graph_seed, op_seed, wanted):
    with tf.Graph().as_default():
        tf.set_random_seed(graph_seed)
        assert get_seed(op_seed) == wanted


def test_a_new_session_restarts_the_sequence():
    with tf.Graph().as_default():
        tensor = tf.random_uniform([3], seed=9)
        drawn = []
        for _ in range(2):
            with tf.Session() as session:
                drawn.append([session.run(tensor) for _ in range(2)])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0][0], drawn[0][1])


def test_without_seeds_numbers_differ_between_sessions():
    first, second = (twice(lambda: tf.random_uniform([4]))[0] for _ in range(2))
    assert not np.array_equal(first, second)


def test_names_of_operations():
    with tf.Graph().as_default() as graph:
        tf.random_uniform([2], 1, 3)
        names = [op.name for op in graph.get_operations()]
    assert names == [
        "random_uniform/shape",
        "random_uniform/min",
        "random_uniform/max",
        "random_uniform/RandomUniform",
        "random_uniform/sub",
        "random_uniform/mul",
        "random_uniform",
    ]


def test_integers_need_a_bound():
    with pytest.raises(ValueError, match=r"^Must specify maxval for integer dtype tf\.int32"):
        tf.random_uniform([2], dtype=tf.int32)


def test_empty_range_of_integers():
    with tf.Graph().as_default(), tf.Session() as session:
        tensor = tf.random_uniform([2], 5, 5, tf.int32)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"Need minval < maxval, got 5 >= 5"
        ):
            session.run(tensor)


def test_state_hands_out_each_counter_once():
    state, taken = PhiloxState(1, 2), []

    def take():
        taken.extend(state.take(3) for _ in range(200))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [(2 << 64) + 3 * i for i in range(800)]
