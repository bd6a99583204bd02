"""Static shapes: `Dims` against NumPy's rules, and TensorFlow's `TensorShape` and `Dimension`."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tfsession import dtypes, shapes
from tfsession.shapes import Dimension, TensorShape

SIZES = st.integers(0, 4)
KNOWN = st.lists(SIZES, max_size=4).map(tuple)
PARTLY = st.lists(st.one_of(st.none(), SIZES), max_size=4).map(tuple)
DIMS = st.one_of(st.none(), PARTLY)


def completions(dims, sizes=(0, 1, 2, 3)):
    """Every known shape that `dims` may turn out to be, with unknown sizes from `sizes`."""
    found = [()]
    for size in dims:
        found = [(*one, choice) for one in found for choice in (sizes if size is None else (size,))]
    return found


# ---- Dims ----


@given(KNOWN, KNOWN)
def test_broadcast_of_known_shapes_is_numpys(a, b):
    try:
        wanted = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError, match=r"^Dimensions must be equal, but are \d and \d$"):
            shapes.broadcast_dims(a, b)
    else:
        assert shapes.broadcast_dims(a, b) == wanted


SMALL = st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=2).map(tuple)


@given(SMALL, SMALL)
def test_broadcast_of_unknown_sizes_holds_for_every_outcome(a, b):
    """The static result agrees with NumPy's for every pair of sizes that NumPy can broadcast."""
    outcomes = []
    for x in completions(a):
        for y in completions(b):
            try:
                outcomes.append(np.broadcast_shapes(x, y))
            except ValueError:
                continue
    try:
        result = shapes.broadcast_dims(a, b)
    except ValueError:
        assert not outcomes
    else:
        assert all(shapes.dims_compatible(result, outcome) for outcome in outcomes)
        assert shapes.broadcast_dims(b, a) == result


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (None, (2,), None),
        ((2,), None, None),
        ((), (2, None), (2, None)),
        ((None, 3), (4, 1), (4, 3)),
        ((None,), (1,), (None,)),
        ((None,), (3,), (3,)),
        ((None,), (0,), (None,)),
        ((None,), (None,), (None,)),
        ((5, None), (2,), (5, 2)),
        ((2,), (5, None), (5, 2)),
    ],
)
def test_broadcast_of_unknown_sizes(a, b, wanted):
    assert shapes.broadcast_dims(a, b) == wanted


@given(DIMS, DIMS)
def test_merge_knows_what_either_knows(a, b):
    if not shapes.dims_compatible(a, b):
        with pytest.raises(ValueError, match=r"must be equal"):
            shapes.merge_dims(a, b)
        return
    merged = shapes.merge_dims(a, b)
    assert merged == shapes.merge_dims(b, a)
    assert shapes.merge_dims(merged, a) == merged == shapes.merge_dims(merged, b)
    if a is not None and b is not None:
        assert merged == tuple(x if y is None else y for x, y in zip(a, b, strict=True))


def test_texts_are_those_of_the_runtime():
    def text(function, *arguments):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            function(*arguments)
        return str(caught.value)

    assert text(shapes.merge_dim, 3, 4) == "Dimensions must be equal, but are 3 and 4"
    assert text(shapes.broadcast_dims, (2, 3), (2, 4)) == (
        "Dimensions must be equal, but are 3 and 4"
    )
    assert text(shapes.merge_dims, (2,), (2, 3)) == "Shapes must be equal rank, but are 1 and 2"
    assert text(shapes.merge_dims, (2,), (3,)) == (
        "Dimension 0 in both shapes must be equal, but are 2 and 3. Shapes are [2] and [3]."
    )
    assert text(shapes.merge_dims, (2, None), (3, 4)) == (
        "Dimension 0 in both shapes must be equal, but are 2 and 3. Shapes are [2,?] and [3,4]."
    )
    assert text(shapes.with_rank, (3,), 2) == "Shape must be rank 2 but is rank 1"
    assert text(shapes.with_rank_at_least, (), 1) == "Shape must be at least rank 1 but is rank 0"
    assert text(shapes.with_rank_at_most, (1, 2), 1) == (
        "Shape must be at most rank 1 but is rank 2"
    )
    assert text(shapes.with_value, 2, 3) == "Dimension must be 3 but is 2"


def test_ranks():
    assert shapes.with_rank(None, 2) == (None, None)
    assert shapes.with_rank((2, None), 2) == (2, None)
    assert shapes.with_rank_at_least(None, 2) is None
    assert shapes.with_rank_at_least((1, 2), 1) == (1, 2)
    assert shapes.with_rank_at_most(None, 2) is None
    assert shapes.with_rank_at_most((1,), 2) == (1,)


def test_small_functions():
    assert shapes.merge_dim(None, 3) == shapes.merge_dim(3, None) == shapes.merge_dim(3, 3) == 3
    assert shapes.with_value(None, 3) == shapes.with_value(3, 3) == 3
    assert shapes.concatenate_dims((1, None), (2,)) == (1, None, 2)
    assert shapes.concatenate_dims(None, (2,)) is None
    assert shapes.element_count(None) is None
    assert shapes.element_count((2, None)) is None
    assert shapes.element_count(()) == 1
    assert shapes.element_count((2, 0, 3)) == 0
    assert shapes.format_dims((2, None)) == "[2,?]"
    assert shapes.format_dims(()) == "[]"
    assert shapes.format_dims(None) == "<unknown>"
    assert shapes.is_fully_defined(())
    assert not shapes.is_fully_defined((None,))
    assert not shapes.is_fully_defined(None)


class ShapeMessage:
    """What `as_dims` asks of a TensorShapeProto."""

    class Size:
        def __init__(self, size):
            self.size = size

    def __init__(self, sizes=(), unknown_rank=False):
        self.unknown_rank = unknown_rank
        self.dim = [self.Size(size) for size in sizes]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        ([], ()),
        ([2, None, Dimension(3), Dimension(None)], (2, None, 3, None)),
        (3, (3,)),
        (np.int64(3), (3,)),
        (Dimension(3), (3,)),
        (TensorShape([2, None]), (2, None)),
        (TensorShape(None), None),
        (np.array([3, 4]), (3, 4)),
        (range(2), (0, 1)),
        ((size for size in (1, 2)), (1, 2)),
        (["3", 2.0], (3, 2)),
        (ShapeMessage([2, -1]), (2, None)),
        (ShapeMessage(unknown_rank=True), None),
    ],
)
def test_as_dims(value, wanted):
    dims = shapes.as_dims(value)
    assert dims == wanted
    assert dims is None or all(size is None or type(size) is int for size in dims)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([-1, 2], ValueError, r"^Dimension -1 must be >= 0$"),
        ([np.int32(-1)], ValueError, r"^Dimension -1 must be >= 0$"),
        ([2.5], ValueError, r"^Ambiguous dimension: 2\.5$"),
        ("34", TypeError, r"^A string has ambiguous TensorShape"),
        ([dtypes.float32], TypeError, r"^Cannot convert <dtype: 'float32'> to Dimension$"),
        ([[1]], TypeError, r"int\(\) argument"),
    ],
)
def test_as_dims_refuses(value, error, message):
    with pytest.raises(error, match=message):
        shapes.as_dims(value)


# ---- Dimension ----


def test_dimension_arithmetic():
    seven = Dimension(7)
    for result, wanted in [
        (seven + 2, 9),
        (2 + seven, 9),
        (seven - Dimension(3), 4),
        (10 - seven, 3),
        (seven * 2, 14),
        (2 * seven, 14),
        (seven // 2, 3),
        (15 // seven, 2),
        (seven % 4, 3),
        (9 % seven, 2),
    ]:
        assert type(result) is Dimension
        assert result.value == wanted


def test_unknown_size_spreads_through_arithmetic():
    unknown = Dimension(None)
    for result in (
        unknown + 1,
        1 + unknown,
        unknown - 1,
        5 - unknown,
        unknown * 0,
        unknown // 2,
        7 // unknown,
        unknown % 2,
        7 % unknown,
        Dimension(3) + None,
    ):
        assert result.value is None


def test_comparison_with_unknown_size_is_none():
    unknown = Dimension(None)
    three = Dimension(3)
    for result in (
        unknown == 3,
        three == None,  # noqa: E711
        three != unknown,
        three < unknown,
        three <= unknown,
        three > unknown,
        three >= unknown,
    ):
        assert result is None
    assert three == 3
    assert three != 4
    assert three != "a"
    assert three < 4
    assert three <= 3
    assert three > 2
    assert three >= 3


def test_dimension_refuses():
    with pytest.raises(TypeError, match=r"for /: 'Dimension' and 'int', please use // instead$"):
        Dimension(7) / 2
    with pytest.raises(TypeError, match=r"for /: 'int' and 'Dimension', please use // instead$"):
        2 / Dimension(7)
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \*"):
        Dimension(3) * 2.5
    with pytest.raises(ValueError, match=r"^Dimension -2 must be >= 0$"):
        Dimension(3) - 5
    with pytest.raises(ValueError, match=r"^Dimensions 3 and 4 are not compatible$"):
        Dimension(3).merge_with(4)
    with pytest.raises(TypeError):
        int(Dimension(None))
    with pytest.raises(TypeError):
        hash(Dimension(3))


def test_dimension_as_index_and_text():
    assert [5, 6, 7][Dimension(1)] == 6
    assert list(range(Dimension(2))) == [0, 1]
    assert int(Dimension(3)) == 3
    assert str(Dimension(None)) == "?"
    assert repr(Dimension(None)) == "Dimension(None)"
    assert Dimension(Dimension(2)).value == 2
    assert Dimension(None).merge_with(4).value == 4
    assert Dimension(4).is_compatible_with(None)
    assert pickle.loads(pickle.dumps(Dimension(2))).value == 2


# ---- TensorShape ----


def test_shape_text():
    assert str(TensorShape([2, None])) == "(2, ?)"
    assert str(TensorShape([3])) == "(3,)"
    assert str(TensorShape([])) == "()"
    assert str(TensorShape(None)) == "<unknown>"
    assert repr(TensorShape([2, None])) == "TensorShape([Dimension(2), Dimension(None)])"
    assert repr(TensorShape(None)) == "TensorShape(None)"


def test_shape_looks_like_a_list_of_dimensions():
    shape = TensorShape([2, None, 4])
    assert len(shape) == shape.rank == shape.ndims == 3
    assert [type(size) for size in shape] == [Dimension] * 3
    assert shape[0].value == 2
    assert shape[-1].value == 4
    assert shape[1:].dims_tuple == (None, 4)
    assert shape[::2].dims_tuple == (2, 4)
    assert [size.value for size in shape.dims] == [2, None, 4] == shape.as_list()
    assert shape
    assert TensorShape([])
    with pytest.raises(IndexError):
        shape[3]


def test_unknown_rank():
    unknown = TensorShape(None)
    assert not unknown
    assert unknown.rank is unknown.ndims is unknown.dims is None
    assert unknown[5].value is None
    assert unknown[1:].dims_tuple is None
    assert unknown[-3:-1].dims_tuple is None
    assert unknown[1:3].dims_tuple == (None, None)
    for message, use in [
        ("Steps are not yet handled", lambda: unknown[1:3:2]),
        ("Cannot take the length of shape with unknown rank.", lambda: len(unknown)),
        ("Cannot iterate over a shape with unknown rank.", lambda: list(iter(unknown))),
        ("as_list() is not defined on an unknown TensorShape.", unknown.as_list),
        ("The inequality of unknown TensorShapes is undefined.", lambda: unknown != unknown[1:]),
        ("The inequality of unknown TensorShapes is undefined.", lambda: TensorShape(1) != unknown),
    ]:
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            use()
        assert str(caught.value) == message


def test_equality():
    assert TensorShape([2, 3]) == [2, 3]
    assert TensorShape([2, 3]) == TensorShape((2, 3))
    assert TensorShape([2, 3]) != (2, 4)
    assert TensorShape([2]) != "a string"
    assert not TensorShape([2]) == "a string"
    assert TensorShape([3, 4, 7]) != "347"
    assert TensorShape(None) == TensorShape(None)
    assert not TensorShape(None) == TensorShape([2])
    assert hash(TensorShape([2, 3])) == hash(TensorShape((2, 3)))


def test_shapes_with_unknown_sizes_differ_unless_they_are_one():
    shape = TensorShape([2, None])
    assert shape == shape
    assert not shape != shape
    assert shape != TensorShape([2, None])


def test_merging_and_joining():
    shape = TensorShape([2, None])
    assert shape.merge_with([None, 3]).as_list() == [2, 3]
    assert shape.merge_with(None).as_list() == [2, None]
    assert shape.concatenate([4]).as_list() == [2, None, 4]
    assert shape.concatenate(None).rank is None
    assert (shape + [4]).as_list() == [2, None, 4]  # noqa: RUF005
    assert ([4] + shape).as_list() == [4, 2, None]  # noqa: RUF005
    common = TensorShape([1, None, 3, 5]).most_specific_compatible_shape([1, 2, 4, 5])
    assert common.as_list() == [1, None, None, 5]
    assert TensorShape([1]).most_specific_compatible_shape([1, 2]).rank is None
    assert shape.with_rank(2).as_list() == [2, None]
    assert TensorShape(None).with_rank(2).as_list() == [None, None]
    assert shape.with_rank_at_least(1) is shape
    assert shape.with_rank_at_most(2) is shape
    assert TensorShape([2, 3]).num_elements() == 6
    assert shape.num_elements() is None
    assert TensorShape([]).num_elements() == 1
    assert shape.is_compatible_with([2, 7])
    assert not shape.is_compatible_with([3, 7])
    assert TensorShape([2, 3]).is_fully_defined()
    assert not shape.is_fully_defined()


def test_shape_errors_are_tensorflows():
    for message, use in [
        ("Shapes (1,) and (2,) are not compatible", lambda: TensorShape([1]).merge_with([2])),
        ("Shapes (1,) and [2] are incompatible",
         lambda: TensorShape([1]).assert_is_compatible_with([2])),
        ("Shapes (1,) and (2, 3) must have the same rank",
         lambda: TensorShape([1]).assert_same_rank([2, 3])),
        ("Shape (1,) must have rank 2", lambda: TensorShape([1]).assert_has_rank(2)),
        ("Shape (1,) must have rank 2", lambda: TensorShape([1]).with_rank(2)),
        ("Shape (1,) must have rank at least 2", lambda: TensorShape([1]).with_rank_at_least(2)),
        ("Shape (1, 2) must have rank at most 1", lambda: TensorShape([1, 2]).with_rank_at_most(1)),
        ("Shape (?,) is not fully defined", TensorShape([None]).assert_is_fully_defined),
    ]:  # fmt: skip
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            use()
        assert str(caught.value) == message
    TensorShape([1]).assert_is_compatible_with([None])
    TensorShape(None).assert_same_rank([1])
    TensorShape([1]).assert_has_rank(1)
    TensorShape([1]).assert_is_fully_defined()


def test_makers():
    shape = TensorShape([1])
    assert shapes.as_shape(shape) is shape
    assert shapes.as_shape([1]).as_list() == [1]
    assert shapes.unknown_shape().rank is None
    assert shapes.unknown_shape(2).as_list() == [None, None]
    assert shapes.unknown_shape(ndims=1).as_list() == [None]
    with pytest.raises(TypeError, match=r"^Unknown argument: \{'other': 1\}$"):
        shapes.unknown_shape(other=1)
    assert shapes.scalar().as_list() == []
    assert shapes.vector(3).as_list() == [3]
    assert shapes.matrix(3, None).as_list() == [3, None]
    assert shapes.dimension_value(Dimension(3)) == 3
    assert shapes.dimension_value(4) == 4
    assert shapes.dimension_at_index(TensorShape([2, 3]), 1).value == 3
    assert shapes.dimension_at_index(TensorShape(None), 1).value is None


@given(DIMS)
def test_shape_survives_messages_and_pickles(dims):
    shape = TensorShape(dims)
    assert TensorShape(shape.as_proto()).dims_tuple == dims
    assert pickle.loads(pickle.dumps(shape)).dims_tuple == dims
    assert copy.deepcopy(shape).dims_tuple == dims
    kind, (sizes,) = shape.__reduce__()
    assert kind is TensorShape
    assert sizes is None or all(isinstance(size, Dimension) for size in sizes)
