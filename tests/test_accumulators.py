"""Accumulators: what waits, what is dropped, what is refused."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def session() -> Any:
    with tf.Session() as session:
        yield session


def taken(session: Any, take: Any, apply: list[Any]) -> Any:
    """What a thread that waits for gradients gets once they are there."""
    found = []
    thread = threading.Thread(target=lambda: found.append(session.run(take)))
    thread.start()
    for operation in apply:
        session.run(operation)
    thread.join(60)
    return found[0]


def test_taking_waits_for_enough_gradients(session: Any) -> None:
    whole = tf.ConditionalAccumulator(tf.float32, shape=[1])
    apply = [whole.apply_grad([float(value)]) for value in range(3)]
    np.testing.assert_array_equal(taken(session, whole.take_grad(3), apply), [1.0])
    rows = tf.SparseConditionalAccumulator(tf.float32)
    apply = [rows.apply_grad([i], [[1.0]]) for i in range(2)]
    assert taken(session, rows.take_grad(2), apply).indices.tolist() == [0, 1]


def test_gradients_before_the_global_step_are_dropped(session: Any) -> None:
    whole = tf.ConditionalAccumulator(tf.float32, shape=[1])
    session.run(whole.apply_grad([1.0], local_step=0))
    session.run(whole.take_grad(1))  # goes on to step 1
    session.run([whole.apply_grad([5.0], local_step=0)])
    assert session.run(whole.num_accumulated()) == 0
    session.run(whole.apply_grad([5.0], local_step=1))
    assert session.run(whole.num_accumulated()) == 1


def test_waiting_ends_with_the_time_and_with_the_session() -> None:
    whole = tf.ConditionalAccumulator(tf.float32, shape=[1])
    take = whole.take_grad(1)
    session = tf.Session()
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(take, options=tf.RunOptions(timeout_in_ms=50))
    session.run(whole.apply_grad([2.0]))
    assert session.run(take) == [2.0]  # nobody waits any longer
    session.close()


def test_accumulators_of_one_shared_name_are_one(session: Any) -> None:
    first, second = (tf.ConditionalAccumulator(tf.float32, shared_name="one") for _ in range(2))
    session.run(first.apply_grad([1.0]))
    assert session.run(second.num_accumulated()) == 1


def test_names_and_operations() -> None:
    whole = tf.ConditionalAccumulator(tf.float32, name="whole")
    assert (whole.name, whole.dtype, whole.accumulator_ref.shape) == ("whole", tf.float32, [2])
    assert whole.num_accumulated().op.name == "whole_NumAccumulated"
    assert whole.apply_grad([1.0]).type == "ResourceAccumulatorApplyGradient"
    rows = tf.sparse.SparseConditionalAccumulator(tf.float32, name="rows")
    assert rows.apply_grad([0], [1.0]).colocation_groups() == [b"loc:@rows"]
    assert isinstance(rows, tf.ConditionalAccumulatorBase)


WRONG_ROWS: list[tuple[Any, Any, Any, Any, str]] = [
    ([0, 1], [[1.0, 2.0]], None, None, "Expected 2 non-empty input values, got 1"),
    ([[0]], [[1.0, 2.0]], None, None, "Input indices should be vector but received shape: [1,1]"),
    ([0], 1.0, None, None, "Values cannot be 0-dimensional."),
    ([0], [[1.0, 2.0]], [4, 2], [3, 2], "expected shape dim 0 to be 3, got 4"),
    ([0], [1.0], [3], [3, 2], "expected shape rank at least 2, got 1"),
    (
        [0, 5],
        [[1.0, 2.0]] * 2,
        [3, 2],
        [3, 2],
        "index of slice 1 exceeded limits of shape; index is 5 exceeded 3",
    ),
]


@pytest.mark.parametrize(("indices", "values", "sizes", "shape", "text"), WRONG_ROWS)
def test_rows_that_do_not_fit_are_refused(
    session: Any, indices: Any, values: Any, sizes: Any, shape: Any, text: str
) -> None:
    whole = tf.SparseConditionalAccumulator(tf.float32, shape=shape)
    with pytest.raises(tf.errors.InvalidArgumentError) as found:
        session.run(whole.apply_grad(indices, values, sizes))
    assert text in found.value.message
    assert session.run(whole.num_accumulated()) == 0


def test_other_shapes_are_refused(session: Any) -> None:
    whole = tf.ConditionalAccumulator(tf.float32, shape=[2, None])
    with pytest.raises(ValueError, match="incompatible"):
        whole.apply_grad([[1.0]] * 3)
    session.run(whole.apply_grad([[1.0], [2.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected \[2,1\], got \[2,2\]"):
        session.run(whole.apply_grad([[1.0, 2.0]] * 2))
    rows = tf.SparseConditionalAccumulator(tf.float32)
    session.run(rows.apply_grad([0], [[1.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected values dim 1 to be 1"):
        session.run(rows.apply_grad([0], [[1.0, 2.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected values rank 2, got 1"):
        session.run(rows.apply_grad([0], [1.0]))


@pytest.mark.parametrize("wanted", [0, -1])
def test_taking_none_is_refused(session: Any, wanted: int) -> None:
    whole = tf.ConditionalAccumulator(tf.float32)
    text = f"num_required must be positive, but was {wanted}"
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        session.run(whole.take_grad(wanted))
