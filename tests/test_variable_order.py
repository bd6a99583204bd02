"""Readers and writers of one variable: the result is one that TensorFlow 1.15 gives, every time.

Each program of tests/variable_order ran many times on TensorFlow, with more and fewer threads and
beside other work; tests/golden/variable_order.json has the outcomes that came about. Where
nothing orders a read and a write, there are several, and ours is any of them. Where there is one,
scripts rely on it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

import tfsession as tf
from tests.variable_order.outcome import built, outcome, same
from tests.variable_order.programs import PROGRAMS, RULES, rewrites

GOLDEN = json.loads((Path(__file__).parent / "golden" / "variable_order.json").read_text())
SESSIONS = 5


# docs/differences.md says why.
MEANT = {
    "queue_of_the_memory",
    "read_before_a_write_by_queue",
    "read_before_a_write_by_stack_of_one",
    "read_before_a_write_by_reduce_sum_over_one",
    "new_shape_takes_new_memory",
    "same_size_keeps_the_memory",
}


def named(names):
    """A parameter for each program, whose id begins with the rule that it shows."""
    return pytest.mark.parametrize(
        "name", [pytest.param(name, id=f"{RULES[name]}: {name}") for name in names]
    )


# Ops without a kernel for GPUs: what they hand on comes back as a copy.
COPIED_BACK = {"read_before_a_write_by_print"}

CPU_ONLY = {"device_count": {"GPU": 0}}


def outcomes(name, sessions, **config):
    """The outcomes of a program in new sessions, built once."""
    with tf.Graph().as_default() as graph:
        program = built(tf, PROGRAMS[name])
    for _ in range(sessions):
        with tf.Session(graph=graph, config=tf.ConfigProto(**config)) as session:
            yield outcome(tf, session, program)


def recorded(name):
    """The outcomes that TensorFlow gives; with its optimiser off where that changes the program."""
    entries = GOLDEN["programs"].get(name, [])
    if name in rewrites.program.programs:
        entries = [entry for entry in entries if "unoptimised" in entry["counts"]]
    return [entry["outcome"] for entry in entries]


ONLY_ONE = [name for name in PROGRAMS if len(recorded(name)) == 1]
SEVERAL = [name for name in PROGRAMS if name not in ONLY_ONE]


@functools.cache
def limited(name):
    """The outcome of one session. The limit ends loops that do not see the write they wait for."""
    (result,) = outcomes(name, 1, operation_timeout_in_ms=10_000, **CPU_ONLY)
    return result


@named(ONLY_ONE)
def test_the_only_result_of_tensorflow(name):
    (expected,) = recorded(name)
    is_same = same(limited(name), expected)
    assert is_same is (name not in MEANT), f"{limited(name)}, TensorFlow {expected}"


@named(SEVERAL)
def test_one_of_the_results_of_tensorflow(name):
    ours, expected = limited(name), recorded(name)
    assert any(same(ours, theirs) for theirs in expected), f"{ours}, TensorFlow {expected}"


@named(PROGRAMS)
def test_every_session_gives_the_same(name):
    """With a limit and without, which are two variants of a step."""
    first = limited(name)
    assert "DeadlineExceededError" not in first["runs"]
    assert list(outcomes(name, SESSIONS - 1, **CPU_ONLY)) == [first] * (SESSIONS - 1)


@named(PROGRAMS)
def test_a_simulated_gpu_gives_the_same(name, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    (found,) = outcomes(name, 1)
    assert same(found, limited(name)) is (name not in COPIED_BACK)


@pytest.mark.gpu
@named(PROGRAMS)
def test_a_gpu_gives_the_same(name, real_cupy):
    (found,) = outcomes(name, 1)
    assert same(found, limited(name)) is (name not in COPIED_BACK)


def test_every_program_is_recorded():
    assert GOLDEN["programs"].keys() == PROGRAMS.keys()


def test_a_difference_beyond_rounding_is_seen():
    result = {"runs": [[1.0, None], 3], "variables": {"v": [True]}}
    assert same(result, {"runs": [[1.00001, None], 3], "variables": {"v": [True]}})
    assert not same(result, {"runs": [[1.01, None], 3], "variables": {"v": [True]}})
    assert not same(result, {"runs": [[1.0, None], 3.0], "variables": {"v": [True]}})
    assert not same(result, {"runs": [[1.0, None], 3], "variables": {}})
