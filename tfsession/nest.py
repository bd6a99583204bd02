"""`tf.nest`: structures of lists, tuples, dicts and attrs objects, and their leaves.

Dicts are walked in the order of their sorted keys, so that dicts of equal content give equal lists
of leaves.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tfsession.graph.composites import IndexedSlices, SparseTensor


def is_sequence(seq: Any) -> bool:
    """Whether an object is a list, tuple, dict or attrs object, or of such a kind; not a text."""
    if isinstance(seq, (str, bytes, bytearray)):
        return False
    return isinstance(seq, (Sequence, Mapping)) or hasattr(type(seq), "__attrs_attrs__")


is_nested = is_sequence


def is_sequence_or_composite(seq: Any) -> bool:
    """Whether an object is a structure, or a tensor that is made of several."""
    return is_sequence(seq) or isinstance(seq, (SparseTensor, IndexedSlices))


def _is_structure(value: Any, expand_composites: bool) -> bool:
    return is_sequence_or_composite(value) if expand_composites else is_sequence(value)


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _items(structure: Any) -> list[tuple[Any, Any]]:
    """Keys (or positions, or names of fields) and members of one level of a structure."""
    if isinstance(structure, Mapping):
        try:
            return [(key, structure[key]) for key in sorted(structure)]
        except TypeError:
            raise TypeError("nest only supports dicts with sortable keys.") from None
    if _is_namedtuple(structure):
        return list(zip(structure._fields, structure, strict=True))
    if hasattr(type(structure), "__attrs_attrs__"):
        names = [attribute.name for attribute in type(structure).__attrs_attrs__]
        return [(name, getattr(structure, name)) for name in names]
    if isinstance(structure, SparseTensor):
        return [(n, getattr(structure, n)) for n in ("indices", "values", "dense_shape")]
    if isinstance(structure, IndexedSlices):
        parts = [(n, getattr(structure, n)) for n in ("values", "indices", "dense_shape")]
        return [(name, part) for name, part in parts if part is not None]
    return list(enumerate(structure))


def _rebuilt(structure: Any, members: Sequence[Any]) -> Any:
    """A structure like the given one, of other members in the order of `_items`."""
    kind: Any = type(structure)
    if isinstance(structure, Mapping):
        by_key = dict(zip([key for key, _ in _items(structure)], members, strict=True))
        ordered = [(key, by_key[key]) for key in structure]
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, ordered)
        return kind(ordered)
    if _is_namedtuple(structure) or hasattr(kind, "__attrs_attrs__"):
        return kind(*members)
    if isinstance(structure, (SparseTensor, IndexedSlices)):
        return kind(*members)
    return kind(members)


# ---- Leaves ----


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure; what is no structure is a leaf.

    Args:
      structure: lists, tuples, dicts and attrs objects, in any depth.
      expand_composites: whether SparseTensor and IndexedSlices are taken apart.

    >>> flatten({"b": [1, 2], "a": (3,)})
    [3, 1, 2]
    """
    return [leaf for _, leaf in _leaves(structure, expand_composites)]


def _leaves(
    structure: Any, expand_composites: bool = False, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every leaf with the keys that lead to it."""
    if not _is_structure(structure, expand_composites):
        yield path, structure
        return
    for key, member in _items(structure):
        yield from _leaves(member, expand_composites, (*path, key))


def flatten_with_tuple_paths(
    structure: Any, expand_composites: bool = False
) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves, each with the tuple of keys that leads to it."""
    return list(_leaves(structure, expand_composites))


def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """The leaves, each with the keys that lead to it as one text."""
    found = _leaves(structure, expand_composites)
    return [(separator.join(map(str, path)), leaf) for path, leaf in found]


def pack_sequence_as(
    structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False
) -> Any:
    """A structure like the given one, with other leaves.

    Args:
      structure: a structure, or a leaf.
      flat_sequence: the leaves, in the order of `flatten`.
      expand_composites: as for `flatten`.

    Raises:
      TypeError: `flat_sequence` is no sequence.
      ValueError: there are more or fewer leaves than in the structure.
    """
    if not is_sequence(flat_sequence):
        raise TypeError("flat_sequence must be a sequence")
    if not _is_structure(structure, expand_composites):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1"
            )
        return flat_sequence[0]
    count = len(flatten(structure, expand_composites))
    if count != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} elements, but flat_sequence had "
            f"{len(flat_sequence)} elements.  Structure: {structure}, flat_sequence: "
            f"{flat_sequence}."
        )
    return _packed(structure, iter(flat_sequence), expand_composites)


def _packed(structure: Any, leaves: Iterator[Any], expand_composites: bool) -> Any:
    if not _is_structure(structure, expand_composites):
        return next(leaves)
    members = [_packed(member, leaves, expand_composites) for _, member in _items(structure)]
    return _rebuilt(structure, members)


# ---- Comparison ----


@dataclasses.dataclass(frozen=True)
class _Comparison:
    """How two structures are compared, member by member."""

    check_types: bool
    expand_composites: bool

    def compare(self, first: Any, second: Any) -> None:
        """Raises TypeError or ValueError where the structures differ."""
        of_first = _is_structure(first, self.expand_composites)
        if of_first != _is_structure(second, self.expand_composites):
            a, b = (first, second) if of_first else (second, first)
            raise ValueError(
                f'Substructure "{_text(a)}" is a sequence, while substructure "{_text(b)}" is not'
            )
        if not of_first:
            return
        if self.check_types:
            _check_types(first, second)
        members, others = _items(first), _items(second)
        if len(members) != len(others):
            raise ValueError(
                "The two structures don't have the same number of elements. First structure: "
                f"{_text(first)}. Second structure: {_text(second)}"
            )
        if isinstance(first, Mapping) and isinstance(second, Mapping) and set(first) != set(second):
            raise ValueError(
                "The two dictionaries don't have the same set of keys. First structure has keys "
                f"{list(first)}, while second structure has keys {list(second)}"
            )
        for (_, member), (_, other) in zip(members, others, strict=True):
            self.compare(member, other)


def _check_types(first: Any, second: Any) -> None:
    """Raises TypeError where two structures are of different kinds; dicts may be of any."""
    a, b = type(first), type(second)
    if _is_namedtuple(first) and _is_namedtuple(second):
        same = a.__name__ == b.__name__ and a._fields == b._fields
    else:
        same = a is b or (isinstance(first, Mapping) and isinstance(second, Mapping))
    if not same:
        raise TypeError(
            "The two structures don't have the same sequence type. First structure has type "
            f"{a}, while second structure has type {b}"
        )


def _text(structure: Any) -> str:
    return f"type={type(structure).__name__} str={structure}"


def _dots(structure: Any, expand_composites: bool) -> str:
    """A structure with a dot for every leaf."""
    dots = ["."] * len(flatten(structure, expand_composites))
    return str(pack_sequence_as(structure, dots, expand_composites)).replace("'.'", ".")


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Checks that two structures differ in nothing but their leaves.

    Args:
      nest1: a structure, or a leaf.
      nest2: a structure, or a leaf.
      check_types: whether lists must stand against lists, and tuples against tuples.
      expand_composites: as for `flatten`.

    Raises:
      ValueError: they differ in the number of members, or in the keys of a dict.
      TypeError: they differ in the type of a sequence.
    """
    try:
        _Comparison(bool(check_types), bool(expand_composites)).compare(nest1, nest2)
    except (ValueError, TypeError) as error:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\nFirst structure: "
            f"{_text(nest1)}\n\nSecond structure: {_text(nest2)}\n\nMore specifically: {error}\n"
            f"Entire first structure:\n{_dots(nest1, expand_composites)}\n"
            f"Entire second structure:\n{_dots(nest2, expand_composites)}"
        ) from None


# ---- Functions of leaves ----


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Applies a function to the leaves of one or more structures of the same form.

    Args:
      func: takes one leaf of each structure.
      *structure: the structures.
      **kwargs: `check_types` and `expand_composites`, as for `assert_same_structure`.

    Returns:
      A structure like the first, of what the function returned.

    Raises:
      TypeError: `func` is no function, or the structures differ in type.
      ValueError: there is no structure, or the structures differ.
    """
    return _mapped(lambda _, *leaves: func(*leaves), func, structure, kwargs)


def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Like `map_structure`, of a function that takes the tuple of keys first."""
    return _mapped(func, func, structure, kwargs)


def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Like `map_structure`, of a function that takes the keys first, joined by slashes."""
    return _mapped(
        lambda path, *leaves: func("/".join(map(str, path)), *leaves), func, structure, kwargs
    )


def _mapped(
    with_path: Callable[..., Any],
    given: Any,
    structures: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    if not callable(given):
        raise TypeError(f"func must be callable, got: {given}")
    if not structures:
        raise ValueError("Must provide at least one structure")
    check_types = options.pop("check_types", True)
    composites = options.pop("expand_composites", False)
    if options:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{'`, `'.join(options)}`"
        )
    first = structures[0]
    for other in structures[1:]:
        assert_same_structure(first, other, check_types, composites)
    others = [flatten(other, composites) for other in structures[1:]]
    results = [
        with_path(path, leaf, *rest)
        for (path, leaf), *rest in zip(_leaves(first, composites), *others, strict=True)
    ]
    return pack_sequence_as(first, results, composites)


# ---- Shallow structures ----


def assert_shallow_structure(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Checks that a structure has the form of another one above the leaves of that one.

    Args:
      shallow_tree: the form.
      input_tree: the structure, which may go deeper.
      check_types: whether the types of the sequences must be equal.
      expand_composites: as for `flatten`.

    Raises:
      TypeError: a type differs, or there is a leaf where a structure must be.
      ValueError: a number of members, or a key, differs.
    """
    if not _is_structure(shallow_tree, expand_composites):
        return
    if not _is_structure(input_tree, expand_composites):
        raise TypeError(
            f"If shallow structure is a sequence, input must also be a sequence. Input has type: "
            f"{type(input_tree)}."
        )
    if check_types:
        _check_types(shallow_tree, input_tree)
    shallow, deep = _items(shallow_tree), _items(input_tree)
    if len(shallow) != len(deep):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(deep)}, while shallow structure has length {len(shallow)}."
        )
    if isinstance(shallow_tree, Mapping) and set(shallow_tree) != set(input_tree):
        raise ValueError(
            "The two structures don't have the same keys. Input structure has keys "
            f"{list(input_tree)}, while shallow structure has keys {list(shallow_tree)}."
        )
    for (_, form), (_, member) in zip(shallow, deep, strict=True):
        assert_shallow_structure(form, member, check_types, expand_composites)


def flatten_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[Any]:
    """The members of a structure that stand where another one has its leaves.

    >>> flatten_up_to([0, 0], [[1, 2], (3,)])
    [[1, 2], (3,)]
    """
    assert_shallow_structure(shallow_tree, input_tree, check_types, expand_composites)
    if not _is_structure(shallow_tree, expand_composites):
        return [input_tree]
    pairs = zip(_items(shallow_tree), _items(input_tree), strict=True)
    return [
        member
        for (_, form), (_, below) in pairs
        for member in flatten_up_to(form, below, check_types, expand_composites)
    ]


def map_structure_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """Applies a function to the members that stand where `shallow_tree` has its leaves."""
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    check_types = kwargs.pop("check_types", True)
    composites = kwargs.pop("expand_composites", False)
    flat = [flatten_up_to(shallow_tree, tree, check_types, composites) for tree in inputs]
    results = [func(*members) for members in zip(*flat, strict=True)]
    return pack_sequence_as(shallow_tree, results, composites)


def flatten_dict_items(dictionary: Mapping[Any, Any]) -> dict[Any, Any]:
    """A dict whose keys may be structures, with one entry for every leaf of a key.

    Raises:
      TypeError: it is no dict.
      ValueError: a key and its value differ in form, or a leaf occurs twice.

    >>> flatten_dict_items({("a", "b"): (1, 2), "c": 3})
    {'a': 1, 'b': 2, 'c': 3}
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError("input must be a dictionary")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        keys = flatten(key) if is_sequence(key) else [key]
        values = flatten(value) if is_sequence(key) else [value]
        if len(keys) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(keys)} elements, but value had "
                f"{len(values)} elements. Key: {keys}, value: {values}."
            )
        for leaf, content in zip(keys, values, strict=True):
            if leaf in flat:
                raise ValueError(f"Could not flatten dictionary: key {leaf} is not unique.")
            flat[leaf] = content
    return flat


__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]
