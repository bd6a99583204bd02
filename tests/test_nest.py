"""tf.nest: structures and their leaves."""

from __future__ import annotations

import collections

import attrs
import pytest
from hypothesis import given, strategies as st

import tfsession as tf
from tfsession import nest

Point = collections.namedtuple("Point", "x y")


@attrs.define
class Pair:
    first: object
    second: object


structures = st.recursive(
    st.integers() | st.text() | st.none(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=8,
)


@given(structures)
def test_packing_undoes_flattening(structure):
    assert nest.pack_sequence_as(structure, nest.flatten(structure)) == structure
    nest.assert_same_structure(structure, structure)
    assert nest.map_structure(lambda leaf: leaf, structure) == structure


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (3, [3]),
        ("text", ["text"]),
        ([], []),
        ({"b": [1, 2], "a": (3,)}, [3, 1, 2]),
        (Point(1, [2, 3]), [1, 2, 3]),
        (Pair(1, {"k": 2}), [1, 2]),
        ([[[]], ((), 1)], [1]),
        (None, [None]),
    ],
)
def test_flatten(structure, leaves):
    assert nest.flatten(structure) == leaves


class Frozen(collections.abc.Mapping):
    """A mapping that is no dict."""

    def __init__(self, items):
        self._items = dict(items)

    def __getitem__(self, key):
        return self._items[key]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)


@pytest.mark.parametrize(
    "mapping",
    [
        Frozen({"b": 1, "a": 2}),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, b=1, a=2),
    ],
)
def test_mappings_keep_their_class_and_order(mapping):
    mapped = nest.map_structure(lambda leaf: leaf * 10, mapping)
    assert type(mapped) is type(mapping)
    assert list(mapped.items()) == [("b", 10), ("a", 20)]
    assert type(nest.pack_sequence_as(mapping, [2, 1])) is type(mapping)


def test_types_are_kept():
    packed = nest.pack_sequence_as(Point([0], {"b": 0, "a": 0}), [1, 2, 3])
    assert packed == Point([1], {"a": 2, "b": 3})
    assert list(packed.y) == ["b", "a"]
    ordered = nest.map_structure(str, collections.OrderedDict([("z", 1), ("y", 2)]))
    assert type(ordered) is collections.OrderedDict
    assert list(ordered) == ["z", "y"]
    counts = nest.map_structure(str, collections.defaultdict(list, a=1))
    assert counts.default_factory is list
    assert nest.pack_sequence_as(Pair(0, 0), [1, 2]) == Pair(1, 2)


def test_packing_errors():
    with pytest.raises(ValueError, match=r"is a scalar but len\(flat_sequence\) == 2 > 1"):
        nest.pack_sequence_as(0, [1, 2])
    with pytest.raises(ValueError, match="Structure had 1 elements, but flat_sequence had 2"):
        nest.pack_sequence_as([0], [1, 2])
    with pytest.raises(TypeError, match="flat_sequence must be a sequence"):
        nest.pack_sequence_as([0], 1)
    with pytest.raises(TypeError, match="sortable keys"):
        nest.flatten({1: 2, "a": 3})


@pytest.mark.parametrize(
    ("first", "second", "error", "text"),
    [
        ([1], 1, ValueError, "is a sequence, while substructure"),
        ([1, [2]], [1, 2], ValueError, "is a sequence, while substructure"),
        ([1], [1, 2], ValueError, "don't have the same number of elements"),
        ({"a": 1}, {"b": 1}, ValueError, "don't have the same set of keys"),
        ([1], (1,), TypeError, "don't have the same sequence type"),
        (Point(1, 2), (1, 2), TypeError, "don't have the same sequence type"),
    ],
)
def test_differences(first, second, error, text):
    with pytest.raises(error, match="don't have the same nested structure") as raised:
        nest.assert_same_structure(first, second)
    assert text in str(raised.value)
    assert "Entire first structure:\n" in str(raised.value)


def test_types_may_differ():
    nest.assert_same_structure([1, (2,)], (1, [2]), check_types=False)
    nest.assert_same_structure({"a": 1}, collections.OrderedDict(a=1))
    with pytest.raises(TypeError):
        nest.map_structure(max, [1], (2,))
    assert nest.map_structure(max, [1], (2,), check_types=False) == [2]


def test_functions_of_leaves():
    assert nest.map_structure(lambda a, b: a + b, {"k": (1, 2)}, {"k": (3, 4)}) == {"k": (4, 6)}
    paths = nest.map_structure_with_paths(lambda path, leaf: f"{path}={leaf}", {"k": [1, 2]})
    assert paths == {"k": ["k/0=1", "k/1=2"]}
    keys = nest.map_structure_with_tuple_paths(lambda path, leaf: path, [0, {"a": 0}])
    assert keys == [(0,), {"a": (1, "a")}]
    assert nest.flatten_with_joined_string_paths({"a": [5]}) == [("a/0", 5)]
    assert nest.flatten_with_tuple_paths(Point(1, 2)) == [(("x",), 1), (("y",), 2)]
    with pytest.raises(TypeError, match="func must be callable, got: 3"):
        nest.map_structure(3, [1])
    with pytest.raises(ValueError, match="Must provide at least one structure"):
        nest.map_structure(len)
    with pytest.raises(ValueError, match="Only valid keyword arguments"):
        nest.map_structure(len, [1], nope=True)


def test_shallow_structures():
    assert nest.flatten_up_to([0, 0], [[1, 2], (3,)]) == [[1, 2], (3,)]
    assert nest.map_structure_up_to([0, 0], sum, [[1, 2], [3]]) == [3, 3]
    with pytest.raises(TypeError, match="input must also be a sequence"):
        nest.flatten_up_to([0, [0]], [1, 2])
    with pytest.raises(ValueError, match="don't have the same sequence length"):
        nest.assert_shallow_structure([0], [1, 2])
    with pytest.raises(ValueError, match="don't have the same keys"):
        nest.assert_shallow_structure({"a": 0}, {"b": 0})


def test_composite_tensors():
    with tf.Graph().as_default():
        sparse = tf.SparseTensor([[0]], [1.0], [2])
        assert nest.flatten([sparse]) == [sparse]
        parts = nest.flatten([sparse], expand_composites=True)
        assert parts == [sparse.indices, sparse.values, sparse.dense_shape]
        (packed,) = nest.pack_sequence_as([sparse], parts, expand_composites=True)
        assert isinstance(packed, tf.SparseTensor)
        assert packed.values is sparse.values


def test_dicts_with_structures_as_keys():
    assert nest.flatten_dict_items({("a", "b"): (1, 2), "c": 3}) == {"a": 1, "b": 2, "c": 3}
    with pytest.raises(ValueError, match="Key had 2 elements, but value had 1"):
        nest.flatten_dict_items({("a", "b"): (1,)})
    with pytest.raises(ValueError, match="key a is not unique"):
        nest.flatten_dict_items({("a", "b"): (1, 2), "a": 3})
    with pytest.raises(TypeError, match="input must be a dictionary"):
        nest.flatten_dict_items([1])
