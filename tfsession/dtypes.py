"""Element types of tensors, and what users may write for one.

A `DType` is an immutable value with one instance per type (so `is` works), and so is its reference
type, which ops on reference variables produce. Everything that a hot path asks of a type (`numpy`,
`runtime_name`, `is_floating`, ...) is a plain attribute, computed once at import. `as_dtype` turns
what users write (`"float32"`, `np.float32`, `float`, an enum number) into a `DType`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ml_dtypes
import numpy as np

__all__ = [
    "QUANTIZED_DTYPES",
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "qint8",
    "qint16",
    "qint32",
    "quint8",
    "quint16",
    "resource",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "variant",
]

#: What names an element type; see `as_dtype`.
DTypeLike: TypeAlias = "DType | np.dtype[Any] | type[Any] | str | builtins.int"

# The distance between a type's number and its reference type's in the DataType enumeration.
_REFERENCE_OFFSET: Final = 100

_QINT8: Final = np.dtype([("qint8", np.int8)])
_QUINT8: Final = np.dtype([("quint8", np.uint8)])
_QINT16: Final = np.dtype([("qint16", np.int16)])
_QUINT16: Final = np.dtype([("quint16", np.uint16)])
_QINT32: Final = np.dtype([("qint32", np.int32)])
_OBJECT: Final = np.dtype(object)

# DataType number, Python name, spelling of runtime messages, NumPy dtype.
_TYPES: Final[tuple[tuple[int, str, str, np.dtype[Any]], ...]] = (
    (1, "float32", "float", np.dtype(np.float32)),
    (2, "float64", "double", np.dtype(np.float64)),
    (3, "int32", "int32", np.dtype(np.int32)),
    (4, "uint8", "uint8", np.dtype(np.uint8)),
    (5, "int16", "int16", np.dtype(np.int16)),
    (6, "int8", "int8", np.dtype(np.int8)),
    (7, "string", "string", _OBJECT),
    (8, "complex64", "complex64", np.dtype(np.complex64)),
    (9, "int64", "int64", np.dtype(np.int64)),
    (10, "bool", "bool", np.dtype(np.bool_)),
    (11, "qint8", "qint8", _QINT8),
    (12, "quint8", "quint8", _QUINT8),
    (13, "qint32", "qint32", _QINT32),
    (14, "bfloat16", "bfloat16", np.dtype(ml_dtypes.bfloat16)),
    (15, "qint16", "qint16", _QINT16),
    (16, "quint16", "quint16", _QUINT16),
    (17, "uint16", "uint16", np.dtype(np.uint16)),
    (18, "complex128", "complex128", np.dtype(np.complex128)),
    (19, "float16", "half", np.dtype(np.float16)),
    (20, "resource", "resource", _OBJECT),
    (21, "variant", "variant", _OBJECT),
    (22, "uint32", "uint32", np.dtype(np.uint32)),
    (23, "uint64", "uint64", np.dtype(np.uint64)),
)

# `DType.limits` of TensorFlow, which are those of image values: ends below zero are clipped to it.
_LIMITS: Final[dict[str, tuple[Any, Any]]] = {
    "bool": (0, True),
    "float32": (0, 1),
    "float64": (0, 1),
    **{
        f"{sign}int{bits}": (0, int(np.iinfo(f"{sign}int{bits}").max))
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
}

# Every instance, by its DataType number.
_BY_ENUM: Final[dict[Any, DType]] = {}


class DType:
    """The type of the elements of a tensor.

    Attributes:
      name: the Python name, such as `"float32"` or `"float32_ref"`.
      runtime_name: the name in messages of the runtime, such as `"float"` or `"float_ref"`.
      as_datatype_enum: the number in the DataType enumeration; references have 100 more than their
        base type.
      numpy: the NumPy dtype of the elements; object for strings (elements are `bytes`), resources
        and variants.
      base_dtype: the type itself, or what a reference refers to.
      real_dtype: the type of the real part of a complex type, the type itself otherwise.
      size: bytes per element; 1 for resources and variants, the size of a pointer for strings.
      is_handle: whether tensors of it stand for a variable or another resource: references, too.

    Source: TensorFlow 1.15, python/framework/dtypes.py `DType`. There, `DType(1)` is a new object;
      here each type has one.
    """

    __slots__ = (
        "_is_ref_dtype",
        "as_datatype_enum",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_handle",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "name",
        "numpy",
        "real_dtype",
        "runtime_name",
        "size",
    )

    name: str
    runtime_name: str
    as_datatype_enum: int
    numpy: np.dtype[Any]
    base_dtype: DType
    real_dtype: DType
    size: int
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_complex: builtins.bool
    is_bool: builtins.bool
    is_unsigned: builtins.bool
    is_quantized: builtins.bool
    is_numpy_compatible: builtins.bool
    is_handle: builtins.bool
    _is_ref_dtype: builtins.bool

    def __new__(cls, type_enum: int) -> DType:
        """Returns the type with this DataType number.

        Raises:
          TypeError: no type has this number.
        """
        try:
            return _BY_ENUM[int(type_enum)]
        except (KeyError, ValueError):
            raise TypeError("type_enum is not a valid types_pb2.DataType.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"DType is immutable; cannot set {name!r} of {self!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"DType is immutable; cannot delete {name!r} of {self!r}")

    @property
    def is_ref_dtype(self) -> builtins.bool:
        """Whether this is the type of a reference to a variable's buffer."""
        return self._is_ref_dtype

    @property
    def _as_ref(self) -> DType:
        if self._is_ref_dtype:
            return self
        return _BY_ENUM[self.as_datatype_enum + _REFERENCE_OFFSET]

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type of the elements; a structured dtype for quantized types.

        Raises:
          KeyError: the type is a resource or a variant, which NumPy cannot hold.
        """
        if not self.is_numpy_compatible:
            raise KeyError(self.as_datatype_enum)
        if self.is_quantized:
            return self.numpy
        return object if self.numpy is _OBJECT else self.numpy.type

    @property
    def min(self) -> Any:
        """The lowest finite number of this type.

        Raises:
          TypeError: the type is quantized or has no order.
        """
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The highest finite number of this type.

        Raises:
          TypeError: the type is quantized or has no order.
        """
        return self._extreme("max", "maximum")

    def _extreme(self, attribute: str, word: str) -> Any:
        if self.is_floating:
            # ml_dtypes ships no types for finfo.
            return getattr(ml_dtypes.finfo(self.numpy), attribute)  # type: ignore[no-untyped-call]
        if self.is_integer:
            return getattr(np.iinfo(self.numpy), attribute)
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of image values: 0 to 1 for floats, 0 to the highest number for integers.

        Raises:
          ValueError: the type has no such range.
        """
        limits = _LIMITS.get(self.base_dtype.name)
        if limits is None:
            raise ValueError(f"{self} does not have defined limits.")
        return limits

    def is_compatible_with(self, other: DTypeLike) -> builtins.bool:
        """Whether a tensor of type `other` may stand where this type is wanted.

        A reference may stand for its base type, not the other way round.

        Args:
          other: anything that `as_dtype` accepts.
        """
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or type(other) is DType:
            return False
        named: Any = other
        try:
            return self is as_dtype(named)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_dtype, (self.name,)


def _make(
    number: int, name: str, runtime_name: str, numpy: np.dtype[Any], base: DType | None
) -> DType:
    """Makes the one instance of a type; `base` is what a reference type refers to."""
    dtype = object.__new__(DType)
    is_bfloat16 = name.startswith("bfloat16")
    is_quantized = numpy.names is not None
    fields = {
        "name": name,
        "runtime_name": runtime_name,
        "as_datatype_enum": number,
        "numpy": numpy,
        "base_dtype": base or dtype,
        "real_dtype": dtype,
        "size": 1 if name.startswith(("resource", "variant")) else numpy.itemsize,
        "is_floating": is_bfloat16 or numpy.kind == "f",
        "is_integer": numpy.kind in "iu",
        "is_complex": numpy.kind == "c",
        "is_bool": numpy.kind == "b",
        "is_unsigned": numpy.kind == "u",
        "is_quantized": is_quantized,
        "is_numpy_compatible": not name.startswith(("resource", "variant")),
        "is_handle": base is not None or name == "resource",
        "_is_ref_dtype": base is not None,
    }
    for field, value in fields.items():
        object.__setattr__(dtype, field, value)
    _BY_ENUM[number] = dtype
    return dtype


for _number, _name, _runtime_name, _numpy in _TYPES:
    _base = _make(_number, _name, _runtime_name, _numpy, None)
    _make(_number + _REFERENCE_OFFSET, f"{_name}_ref", f"{_runtime_name}_ref", _numpy, _base)
for _complex, _real in ((8, 1), (18, 2)):
    for _number in (_complex, _complex + _REFERENCE_OFFSET):
        object.__setattr__(_BY_ENUM[_number], "real_dtype", _BY_ENUM[_real])

float32 = DType(1)
float64 = DType(2)
int32 = DType(3)
uint8 = DType(4)
int16 = DType(5)
int8 = DType(6)
string = DType(7)
complex64 = DType(8)
int64 = DType(9)
bool = DType(10)
qint8 = DType(11)
quint8 = DType(12)
qint32 = DType(13)
bfloat16 = DType(14)
qint16 = DType(15)
quint16 = DType(16)
uint16 = DType(17)
complex128 = DType(18)
float16 = DType(19)
resource = DType(20)
variant = DType(21)
uint32 = DType(22)
uint64 = DType(23)
half = float16
double = float64

float32_ref = DType(101)
float64_ref = DType(102)
int32_ref = DType(103)
uint8_ref = DType(104)
int16_ref = DType(105)
int8_ref = DType(106)
string_ref = DType(107)
complex64_ref = DType(108)
int64_ref = DType(109)
bool_ref = DType(110)
qint8_ref = DType(111)
quint8_ref = DType(112)
qint32_ref = DType(113)
bfloat16_ref = DType(114)
qint16_ref = DType(115)
quint16_ref = DType(116)
uint16_ref = DType(117)
complex128_ref = DType(118)
float16_ref = DType(119)
resource_ref = DType(120)
variant_ref = DType(121)
uint32_ref = DType(122)
uint64_ref = DType(123)
half_ref = float16_ref
double_ref = float64_ref

QUANTIZED_DTYPES: Final = frozenset(dtype for dtype in _BY_ENUM.values() if dtype.is_quantized)

# Numbers, names (Python's and the runtime's) and Python types that name a type. `int` is not among
# them: TensorFlow refuses it.
_BY_KEY: Final[dict[Any, DType]] = {
    **_BY_ENUM,
    **{dtype.name: dtype for dtype in _BY_ENUM.values()},
    **{dtype.runtime_name: dtype for dtype in _BY_ENUM.values()},
    builtins.float: float32,
    builtins.bool: bool,
    builtins.object: string,
}

_BY_NUMPY: Final[dict[np.dtype[Any], DType]] = {
    dtype.numpy: dtype
    for dtype in _BY_ENUM.values()
    if dtype.is_numpy_compatible and not dtype.is_ref_dtype
}


def as_dtype(type_value: DTypeLike) -> DType:
    """Returns the type that `type_value` names.

    Args:
      type_value: a `DType`; a name (`"float32"`, `"float"`, `"int32_ref"`); a number of the
        DataType enumeration; a NumPy dtype or scalar type, of any byte order, where text and
        objects are strings; `float` (float32), `bool` or `object` (string).

    Raises:
      TypeError: it names no type, as `int` and `str`.

    Source: TensorFlow 1.15, python/framework/dtypes.py `as_dtype`.

    >>> as_dtype("double"), as_dtype(np.int32), as_dtype(float)
    (tf.float64, tf.int32, tf.float32)
    """
    if type(type_value) is DType:
        return type_value
    try:
        return _BY_KEY[type_value]
    except (KeyError, TypeError):
        # A TypeError says that the value is not hashable, such as an array.
        pass
    dtype = _numpy_dtype(type_value)
    if dtype is not None:
        if dtype.kind in "SU":
            return string
        found = _BY_NUMPY.get(dtype if dtype.isnative else dtype.newbyteorder("="))
        if found is not None:
            return found
    raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.")


def _numpy_dtype(type_value: Any) -> np.dtype[Any] | None:
    """Returns the dtype that `type_value` is, whose scalar type it is, or that it carries."""
    if isinstance(type_value, np.dtype):
        return type_value
    if isinstance(type_value, type):
        # NumPy 2.0 takes the abstract floats for float64.
        abstract = (np.generic, np.inexact, np.floating)
        is_scalar_type = issubclass(type_value, np.generic) and type_value not in abstract
        if not is_scalar_type and type_value is not ml_dtypes.bfloat16:
            return None
        try:
            return np.dtype(type_value)
        except TypeError:
            return None
    carried = getattr(type_value, "dtype", None)
    return carried if isinstance(carried, np.dtype) else None


if TYPE_CHECKING:
    # `tf.dtypes` is also where programs find the functions that convert: tfsession/__init__.py.
    as_string: Callable[..., Any]
    cast: Callable[..., Any]
    complex: Callable[..., Any]
    saturate_cast: Callable[..., Any]
