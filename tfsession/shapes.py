"""Static shapes: what is known of a tensor's sizes before it has a value.

Two forms of the same data. `Dims` is what shape functions compute with: a tuple of sizes in which
None is an unknown size, or None for an unknown rank. `TensorShape` is what users see: a thin
wrapper of one `Dims` in its attribute `dims_tuple`, whose elements turn into `Dimension` objects
when a user looks at them.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeAlias, overload

from tfsession import dtypes

if TYPE_CHECKING:
    from tfsession.protos import TensorShapeProto

Dims: TypeAlias = tuple[int | None, ...] | None

#: What names a shape, of which some sizes may be unknown; see `as_dims`.
ShapeLike: TypeAlias = (
    "TensorShape | TensorShapeProto | SupportsIndex | Iterable[SupportsIndex | None]"
)


# ---- Dims ----


def as_dims(value: Any) -> Dims:
    """Returns `value` as a tuple of sizes, or None for an unknown rank.

    Args:
      value: None; a `TensorShape`; a `TensorShapeProto`; an integer or `Dimension`, which stands
        for a vector of that length; or an iterable of integers, `Dimension` and None.

    Raises:
      ValueError: a size is negative or not whole.
      TypeError: it is a string, or an element is no size.
    """
    if value is None:
        return None
    if type(value) is tuple or type(value) is list:
        return tuple([_size(element) for element in value])
    if isinstance(value, TensorShape):
        return value.dims_tuple
    if isinstance(value, (str, bytes)):
        raise TypeError(
            "A string has ambiguous TensorShape, please wrap in a list or convert to an int: "
            f"{value!r}"
        )
    if hasattr(value, "unknown_rank"):
        if value.unknown_rank:
            return None
        return tuple([None if dim.size == -1 else _size(dim.size) for dim in value.dim])
    if isinstance(value, Dimension):
        return (value.value,)
    try:
        elements = iter(value)
    except TypeError:
        return (_size(value),)
    return tuple([_size(element) for element in elements])


def _size(value: Any) -> int | None:
    """Returns one size of a shape as an int or None; see `Dimension` for what it takes."""
    if value is None:
        return None
    if type(value) is int:
        if value < 0:
            raise ValueError(f"Dimension {value} must be >= 0")
        return value
    if isinstance(value, Dimension):
        return value.value
    if isinstance(value, dtypes.DType):
        raise TypeError(f"Cannot convert {value} to Dimension")
    size = int(value)
    if not isinstance(value, (str, bytes)) and size != value:
        raise ValueError(f"Ambiguous dimension: {value}")
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


def format_dims(dims: Dims) -> str:
    """Returns the text of the runtime's messages: `[2,?]`; `<unknown>` for an unknown rank."""
    if dims is None:
        return "<unknown>"
    return f"[{','.join(['?' if size is None else str(size) for size in dims])}]"


def is_fully_defined(dims: Dims) -> bool:
    """Whether the rank and every size are known."""
    return dims is not None and None not in dims


def element_count(dims: Dims) -> int | None:
    """Returns the number of elements, or None where the rank or a size is unknown."""
    if dims is None:
        return None
    count = 1
    for size in dims:
        if size is None:
            return None
        count *= size
    return count


def dims_compatible(a: Dims, b: Dims) -> bool:
    """Whether one tensor could have both shapes."""
    if a is None or b is None or a == b:
        return True
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if x != y and x is not None and y is not None:
            return False
    return True


def with_value(size: int | None, value: int) -> int:
    """Returns `value`, having checked that `size` can be it.

    Raises:
      ValueError: `size` is known and another.
    """
    if size is not None and size != value:
        raise ValueError(f"Dimension must be {value} but is {size}")
    return value


def merge_dim(a: int | None, b: int | None) -> int | None:
    """Returns what is known of a size of which both `a` and `b` are known.

    Raises:
      ValueError: both are known and differ.
    """
    if a is None:
        return b
    if b is None or a == b:
        return a
    raise ValueError(f"Dimensions must be equal, but are {a} and {b}")


def merge_dims(a: Dims, b: Dims) -> Dims:
    """Returns what is known of a shape of which both `a` and `b` are known.

    Raises:
      ValueError: the ranks or two sizes differ.
    """
    if a is None:
        return b
    if b is None or a == b:
        return a
    if len(a) != len(b):
        raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    merged = []
    for axis, (x, y) in enumerate(zip(a, b, strict=True)):
        if x is None:
            merged.append(y)
        elif y is None or x == y:
            merged.append(x)
        else:
            raise ValueError(
                f"Dimension {axis} in both shapes must be equal, but are {x} and {y}. "
                f"Shapes are {format_dims(a)} and {format_dims(b)}."
            )
    return tuple(merged)


def merge_all_dims(dims: Sequence[Dims]) -> Dims:
    """Returns what is known of a shape of which all of `dims` are known.

    Raises:
      ValueError: two of them contradict each other; the text says which.
    """
    merged = dims[-1]
    for index in range(len(dims) - 2, -1, -1):
        try:
            merged = merge_dims(dims[index], merged)
        except ValueError as error:
            message = f"From merging shape {index} with other shapes."
            raise ValueError(f"{error}\n\t{message}") from error
    return merged


def broadcast_dims(a: Dims, b: Dims) -> Dims:
    """Returns the shape of an element-wise op of tensors of shapes `a` and `b`, by NumPy's rules.

    An unknown size beside a known one above 1 must turn out as 1 or the same, so the known one is
    the result.

    Raises:
      ValueError: two sizes differ and neither is 1.

    Source: TensorFlow 1.15, core/framework/common_shape_fns.cc
      `BroadcastBinaryOpOutputShapeFnHelper`.
    """
    if a is None or b is None:
        return None
    if a == b or not b:
        return a
    if not a:
        return b
    missing = len(a) - len(b)
    if missing > 0:
        result = list(a[:missing])
        pairs = zip(a[missing:], b, strict=True)
    else:
        result = list(b[:-missing])
        pairs = zip(a, b[-missing:], strict=True)
    for x, y in pairs:
        if x == y or y == 1:
            result.append(x)
        elif x == 1:
            result.append(y)
        elif x is None:
            result.append(y if y is not None and y > 1 else None)
        elif y is None:
            result.append(x if x > 1 else None)
        else:
            raise ValueError(f"Dimensions must be equal, but are {x} and {y}")
    return tuple(result)


def with_rank(dims: Dims, rank: int) -> tuple[int | None, ...]:
    """Returns `dims`, having checked the rank; all sizes unknown where the rank was.

    Raises:
      ValueError: the rank is another.
    """
    if dims is None:
        return (None,) * rank
    if len(dims) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(dims)}")
    return dims


def with_rank_at_least(dims: Dims, rank: int) -> Dims:
    """Returns `dims`, having checked that its rank, if known, is not below `rank`.

    Raises:
      ValueError: the rank is lower.
    """
    if dims is not None and len(dims) < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {len(dims)}")
    return dims


def with_rank_at_most(dims: Dims, rank: int) -> Dims:
    """Returns `dims`, having checked that its rank, if known, is not above `rank`.

    Raises:
      ValueError: the rank is higher.
    """
    if dims is not None and len(dims) > rank:
        raise ValueError(f"Shape must be at most rank {rank} but is rank {len(dims)}")
    return dims


def concatenate_dims(a: Dims, b: Dims) -> Dims:
    """Returns the sizes of `a` followed by those of `b`; None where either rank is unknown."""
    if a is None or b is None:
        return None
    return a + b


# ---- Dimension ----


class Dimension:
    """One size of a `TensorShape`, perhaps unknown.

    Arithmetic with an unknown size gives an unknown size; comparing with one gives None.

    Attributes:
      value: the size, or None where it is unknown.

    Source: TensorFlow 1.15, python/framework/tensor_shape.py `Dimension`; not hashable, as there.
    """

    __slots__ = ("_value",)
    # Equality gives None for unknown sizes, so no hash could agree with it.
    __hash__ = None  # type: ignore[assignment]  # how Python spells "not hashable"

    def __init__(self, value: Any) -> None:
        """Makes a size.

        Args:
          value: a whole number >= 0 (also as text), a `Dimension`, or None for an unknown size.

        Raises:
          ValueError: it is negative, or not whole.
          TypeError: it is no number.
        """
        self._value = _size(value)

    @property
    def value(self) -> int | None:
        """The size, or None where it is unknown."""
        return self._value

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __int__(self) -> int:
        # Python itself raises the TypeError for an unknown size.
        return self._value  # type: ignore[return-value]

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value]  # as in __int__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> tuple[Any, tuple[int | None]]:
        return Dimension, (self._value,)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two sizes are equal or one is unknown."""
        other_value = _size(other)
        return self._value is None or other_value is None or self._value == other_value

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless the two sizes are equal or one is unknown."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """Returns what is known of the two sizes together.

        Raises:
          ValueError: both are known and differ.
        """
        other = as_dimension(other)
        self.assert_is_compatible_with(other)
        return Dimension(other.value if self._value is None else self._value)

    def __eq__(self, other: object) -> bool | None:  # type: ignore[override]  # None: unknown
        try:
            value = _size(other)
        except (TypeError, ValueError):
            return NotImplemented
        return None if self._value is None or value is None else self._value == value

    def __ne__(self, other: object) -> bool | None:  # type: ignore[override]  # None: unknown
        equal = self.__eq__(other)
        return equal if equal is None or equal is NotImplemented else not equal

    def __lt__(self, other: Any) -> bool | None:
        value = _size(other)
        return None if self._value is None or value is None else self._value < value

    def __le__(self, other: Any) -> bool | None:
        value = _size(other)
        return None if self._value is None or value is None else self._value <= value

    def __gt__(self, other: Any) -> bool | None:
        value = _size(other)
        return None if self._value is None or value is None else self._value > value

    def __ge__(self, other: Any) -> bool | None:
        value = _size(other)
        return None if self._value is None or value is None else self._value >= value

    def __add__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[0] + sizes[1])

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[0] - sizes[1])

    def __rsub__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[1] - sizes[0])

    def __mul__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[0] * sizes[1])

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[0] // sizes[1])

    def __rfloordiv__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[1] // sizes[0])

    def __mod__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[0] % sizes[1])

    def __rmod__(self, other: Any) -> Dimension:
        sizes = self._operands(other)
        return sizes if sizes is NotImplemented else Dimension(sizes and sizes[1] % sizes[0])

    def __truediv__(self, other: Any) -> Dimension:
        raise TypeError(
            f"unsupported operand type(s) for /: 'Dimension' and '{type(other).__name__}', "
            "please use // instead"
        )

    def __rtruediv__(self, other: Any) -> Dimension:
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and 'Dimension', "
            "please use // instead"
        )

    def _operands(self, other: Any) -> Any:
        """Returns both sizes, None if one is unknown, NotImplemented if `other` is no size."""
        try:
            value = _size(other)
        except (TypeError, ValueError):
            return NotImplemented
        return None if self._value is None or value is None else (self._value, value)


def as_dimension(value: Any) -> Dimension:
    """Returns `value` as a `Dimension`, itself if it is one."""
    return value if isinstance(value, Dimension) else Dimension(value)


# ---- TensorShape ----


class TensorShape:
    """What is known of a tensor's shape: every size, some sizes, the rank alone, or nothing.

    Attributes:
      dims_tuple: the sizes, None where unknown; None for an unknown rank. Not in TensorFlow.

    Source: TensorFlow 1.15, python/framework/tensor_shape.py `TensorShape`.

    >>> TensorShape([2, None]).merge_with([None, 3])
    TensorShape([Dimension(2), Dimension(3)])
    """

    __slots__ = ("__weakref__", "dims_tuple")

    dims_tuple: Dims

    def __init__(self, dims: ShapeLike | None) -> None:
        """Makes a shape; see `as_dims` for what `dims` may be."""
        self.dims_tuple = as_dims(dims)

    def __repr__(self) -> str:
        return f"TensorShape({self.dims!r})"

    def __str__(self) -> str:
        if self.dims_tuple is None:
            return "<unknown>"
        sizes = ["?" if size is None else str(size) for size in self.dims_tuple]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def __reduce__(self) -> tuple[Any, tuple[list[Dimension] | None]]:
        return TensorShape, (self.dims,)

    @property
    def rank(self) -> int | None:
        """The number of axes, or None where it is unknown."""
        return None if self.dims_tuple is None else len(self.dims_tuple)

    @property
    def ndims(self) -> int | None:
        """The same as `rank`."""
        return None if self.dims_tuple is None else len(self.dims_tuple)

    @property
    def dims(self) -> list[Dimension] | None:
        """A new list of the sizes, or None where the rank is unknown."""
        return None if self.dims_tuple is None else [Dimension(size) for size in self.dims_tuple]

    def __len__(self) -> int:
        if self.dims_tuple is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self.dims_tuple)

    def __bool__(self) -> bool:
        """Whether the rank is known."""
        return self.dims_tuple is not None

    def __iter__(self) -> Iterator[Dimension]:
        if self.dims_tuple is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return (Dimension(size) for size in self.dims_tuple)

    @overload
    def __getitem__(self, key: int) -> Dimension: ...

    @overload
    def __getitem__(self, key: builtins.slice[Any, Any, Any]) -> TensorShape: ...

    def __getitem__(self, key: Any) -> Dimension | TensorShape:
        """Returns one size, or the shape of a range of axes.

        Raises:
          IndexError: there is no such axis.
          ValueError: the rank is unknown and the slice has a step.
        """
        if self.dims_tuple is not None:
            part = self.dims_tuple[key]
            return TensorShape(part) if isinstance(key, slice) else Dimension(part)
        if not isinstance(key, slice):
            return Dimension(None)
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start = key.start or 0
        if key.stop is None or start < 0 or key.stop < 0:
            return TensorShape(None)
        return unknown_shape(rank=key.stop - start)

    def __add__(self, other: ShapeLike | None) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: ShapeLike | None) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        """Whether both shapes are fully known and the same, or both of unknown rank.

        Shapes with unknown sizes are not equal, unless they are one object: they may differ.
        """
        if self is other:
            return True
        try:
            dims = as_dims(other)
        except (TypeError, ValueError):
            return NotImplemented
        return self.dims_tuple == dims and (dims is None or None not in dims)

    def __ne__(self, other: object) -> bool:
        """Whether the shapes differ or may differ.

        Raises:
          ValueError: the rank of either is unknown.
        """
        try:
            dims = as_dims(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self.dims_tuple is None or dims is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self.__eq__(other)

    def __hash__(self) -> int:
        return hash(self.dims_tuple)

    def num_elements(self) -> int | None:
        """Returns the number of elements, or None where a size is unknown."""
        return element_count(self.dims_tuple)

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return is_fully_defined(self.dims_tuple)

    def is_compatible_with(self, other: ShapeLike | None) -> bool:
        """Whether one tensor could have both shapes."""
        return dims_compatible(self.dims_tuple, as_dims(other))

    def merge_with(self, other: ShapeLike | None) -> TensorShape:
        """Returns what is known of the two shapes together.

        Raises:
          ValueError: they are not compatible.
        """
        other = as_shape(other)
        try:
            return TensorShape(merge_dims(self.dims_tuple, other.dims_tuple))
        except ValueError:
            raise ValueError(f"Shapes {self} and {other} are not compatible") from None

    def concatenate(self, other: ShapeLike | None) -> TensorShape:
        """Returns the sizes of this shape and then of `other`; unknown rank where either's is."""
        return TensorShape(concatenate_dims(self.dims_tuple, as_dims(other)))

    def most_specific_compatible_shape(self, other: ShapeLike | None) -> TensorShape:
        """Returns what is known of tensors that have either of the two shapes."""
        a, b = self.dims_tuple, as_dims(other)
        if a is None or b is None or len(a) != len(b):
            return TensorShape(None)
        return TensorShape([x if x == y else None for x, y in zip(a, b, strict=True)])

    def with_rank(self, rank: int) -> TensorShape:
        """Returns this shape with what a known rank adds.

        Raises:
          ValueError: the rank is another.
        """
        try:
            return self.merge_with(unknown_shape(rank=rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """Returns this shape.

        Raises:
          ValueError: its rank is below `rank`.
        """
        if self.dims_tuple is not None and len(self.dims_tuple) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """Returns this shape.

        Raises:
          ValueError: its rank is above `rank`.
        """
        if self.dims_tuple is not None and len(self.dims_tuple) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError unless the rank is `rank` or unknown."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: ShapeLike | None) -> None:
        """Raises ValueError where both ranks are known and differ."""
        other = as_shape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_compatible_with(self, other: ShapeLike | None) -> None:
        """Raises ValueError unless one tensor could have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless every size is known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def as_list(self) -> list[int | None]:
        """Returns a new list of the sizes, None where unknown.

        Raises:
          ValueError: the rank is unknown.
        """
        if self.dims_tuple is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self.dims_tuple)

    def as_proto(self) -> TensorShapeProto:
        """Returns the shape as a protocol buffer message, in which -1 is an unknown size."""
        from tfsession.protos import TensorShapeProto

        if self.dims_tuple is None:
            return TensorShapeProto(unknown_rank=True)
        sizes = [-1 if size is None else size for size in self.dims_tuple]
        return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def as_shape(shape: ShapeLike | None) -> TensorShape:
    """Returns `shape` as a `TensorShape`, itself if it is one."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """Returns a shape of unknown rank, or of `rank` unknown sizes.

    Args:
      rank: the number of axes, if known.
      **kwargs: `ndims`, the older name of `rank`.

    Raises:
      TypeError: another keyword is given.
    """
    if rank is None and "ndims" in kwargs:
        rank = kwargs.pop("ndims")
    if kwargs:
        raise TypeError(f"Unknown argument: {kwargs}")
    return TensorShape(None if rank is None else [None] * rank)


def scalar() -> TensorShape:
    """Returns the shape `()`."""
    return TensorShape([])


def vector(length: Any) -> TensorShape:
    """Returns the shape `(length,)`."""
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """Returns the shape `(rows, cols)`."""
    return TensorShape([rows, cols])


def dimension_value(dimension: Any) -> Any:
    """Returns the size of a `Dimension`, and anything else unchanged.

    Source: TensorFlow 1.15, `tf.compat.dimension_value`.
    """
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """Returns the size of axis `index`, unknown where the rank is.

    Source: TensorFlow 1.15, `tf.compat.dimension_at_index`.
    """
    return Dimension(None if shape.dims_tuple is None else shape.dims_tuple[index])
