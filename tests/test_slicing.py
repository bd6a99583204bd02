"""Index expressions on tensors mean what they mean on NumPy arrays, and name their ops as ever."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tfsession as tf

SHAPE = (5, 4, 3)
VALUES = np.arange(60).reshape(SHAPE)


@st.composite
def index_expressions(draw: st.DrawFn) -> tuple[Any, ...]:
    """Index expressions for `SHAPE`: ints, slices, new axes and at most one ellipsis."""
    has_ellipsis = draw(st.booleans())
    before = draw(st.integers(0, len(SHAPE)))
    after = draw(st.integers(0, len(SHAPE) - before)) if has_ellipsis else 0
    axes = [*range(before), *([None] if has_ellipsis else [])]
    axes += range(len(SHAPE) - after, len(SHAPE))
    index: list[Any] = []
    for axis in axes:
        if draw(st.integers(0, 5)) == 0:
            index.append(None)
        if axis is None:
            index.append(Ellipsis)
            continue
        n = SHAPE[axis]
        if draw(st.booleans()):
            index.append(draw(st.integers(-n, n - 1)))
        else:
            bound = st.none() | st.integers(-2 * n, 2 * n)
            step = draw(st.none() | st.integers(-3, 3).filter(bool))
            index.append(slice(draw(bound), draw(bound), step))
    return tuple(index)


def as_tensors(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """The expression with a tensor for every number."""

    def convert(number: int | None) -> Any:
        return None if number is None else tf.constant(number)

    return tuple(
        slice(convert(entry.start), convert(entry.stop), convert(entry.step))
        if isinstance(entry, slice)
        else convert(entry)
        if isinstance(entry, int)
        else entry
        for entry in index
    )


@settings(deadline=None, max_examples=150)
@given(index_expressions(), st.booleans())
def test_value_and_static_shape_are_numpy_s(index: tuple[Any, ...], uses_tensors: bool) -> None:
    """The slice has NumPy's elements, and its static shape was known beforehand."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.int64, SHAPE)
        y = x[as_tensors(index) if uses_tensors else index]
        value = session.run(y, {x: VALUES})
    np.testing.assert_array_equal(value, VALUES[index])
    assert y.shape.as_list() == list(VALUES[index].shape)


@settings(deadline=None, max_examples=75)
@given(index_expressions())
def test_gradient_is_one_where_the_slice_was(index: tuple[Any, ...]) -> None:
    """The gradient of the sum of a slice counts how often each element is in it."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, SHAPE)
        (dx,) = tf.gradients(x[index], x)
        counts = session.run(dx, {x: VALUES})
    wanted = np.zeros(SHAPE, np.float32)
    wanted[index] = 1
    np.testing.assert_array_equal(counts, wanted)


@settings(deadline=None, max_examples=75)
@given(index_expressions())
def test_unknown_sizes_give_a_shape_that_the_value_fits(index: tuple[Any, ...]) -> None:
    """What is statically known of a slice of a partly known shape is true."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.int64, (None, 4, None))
        y = x[index]
        value = session.run(y, {x: VALUES})
    assert y.shape.rank == value.ndim
    assert y.shape.is_compatible_with(value.shape)


def test_a_boolean_array_or_tensor_is_a_mask() -> None:
    """`x[mask]` picks the elements where the mask holds."""
    mask = VALUES % 7 == 0
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(VALUES)
        by_array, by_tensor = session.run([x[mask], x[tf.constant(mask)]])
    np.testing.assert_array_equal(by_array, VALUES[mask])
    np.testing.assert_array_equal(by_tensor, VALUES[mask])


def names(build: Any) -> list[str]:
    """The names of the operations that `build(x, i)` adds."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, (2, 4), name="x")
        i = tf.placeholder(tf.int32, (), name="i")
        build(x, i)
        return [operation.name for operation in graph.get_operations()][2:]


def test_plain_indices_are_three_constants() -> None:
    """The bounds of an index without tensors are constants of these names."""
    bounds = ["strided_slice/stack", "strided_slice/stack_1", "strided_slice/stack_2"]
    assert names(lambda x, i: x[0, ..., tf.newaxis]) == [*bounds, "strided_slice"]


def test_an_index_tensor_is_packed() -> None:
    """An index tensor ends one further on; its bounds are packed."""
    assert names(lambda x, i: x[i]) == [
        "add/y",
        "add",
        "strided_slice/stack",
        "strided_slice/stack_1",
        "strided_slice/stack_2",
        "strided_slice",
    ]


def test_a_bound_tensor_is_packed_with_the_numbers() -> None:
    """Numbers beside a tensor become constants that are named by their position."""
    assert names(lambda x, i: x[1:i, 0]) == [
        "strided_slice/stack",
        "strided_slice/stack_1/1",
        "strided_slice/stack_1",
        "strided_slice/stack_2",
        "strided_slice",
    ]


@pytest.mark.parametrize("index", [1.5, "a", True, [0.5], (slice(0.5, None),), object()])
def test_what_is_no_index_is_refused(index: Any) -> None:
    """Other values are a TypeError that says what an index may be."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, SHAPE)
        with pytest.raises(TypeError, match="Only integers, slices"):
            x[index]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (5, "slice index 5 of dimension 0 out of bounds."),
        ((0, -5), "slice index -1 of dimension 1 out of bounds."),
        ((Ellipsis, 3), "slice index 3 of dimension 2 out of bounds."),
        ((0, 0, 0, 0), "Index out of range using input dim 3; input has only 3 dims"),
        (slice(None, None, 0), r"strides\[0\] must be non-zero"),
        ((Ellipsis, Ellipsis), "Multiple ellipses"),
    ],
)
def test_what_does_not_fit_is_refused(index: Any, message: str) -> None:
    """The message is the same whether it shows when building or when running."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, SHAPE)
        with pytest.raises(ValueError, match=message):
            x[index]
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32)
        with pytest.raises((tf.errors.InvalidArgumentError, ValueError), match=message):
            session.run(x[index], {x: np.zeros(SHAPE)})


@settings(deadline=None, max_examples=40)
@given(index_expressions(), st.booleans())
def test_assigning_to_a_slice_of_a_variable_is_numpys(
    index: tuple[Any, ...], use_resource: bool
) -> None:
    """`v[index].assign(x)` changes what `array[index] = x` changes, and nothing else."""
    wanted = VALUES.copy()
    new = -1 - np.arange(wanted[index].size).reshape(wanted[index].shape)
    wanted[index] = new
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(VALUES, use_resource=use_resource)
        before = v.read_value() + 0
        with tf.control_dependencies([before]):
            changed = v[index].assign(new)
        session.run(v.initializer)
        old, result = session.run([before, changed])
        np.testing.assert_array_equal(session.run(v), wanted)
    np.testing.assert_array_equal(result, wanted)
    np.testing.assert_array_equal(old, VALUES)


@pytest.mark.parametrize("use_resource", [False, True])
def test_what_does_not_fit_a_slice_of_a_variable_is_refused(use_resource: bool) -> None:
    """Other dtypes and shapes, and slices of what is no variable; the value stays."""
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([1, 2, 3], use_resource=use_resource)
        with pytest.raises(ValueError, match="only supported for variables"):
            tf.constant([1, 2])[0].assign(3)
        with pytest.raises((TypeError, ValueError)):
            v[:2].assign(tf.constant([1, 2], tf.int64))
        with pytest.raises((tf.errors.FailedPreconditionError, tf.errors.NotFoundError)):
            session.run(v[:2].assign([1, 2]))
        session.run(v.initializer)
        with pytest.raises(
            tf.errors.UnimplementedError, match=r"shape \[2\] does not match .* \[1\]"
        ):
            session.run(v[:2].assign([7]))
        assert session.run(v).tolist() == [1, 2, 3]
        assert v[0].assign(5, name="five").op.name == "five"
        assert v[1:].assign([5, 6]).op.name == "strided_slice_5/_assign"
