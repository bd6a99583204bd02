"""Values of users as arrays, arrays as TensorProto messages, and back.

`to_array` is the one place where Python numbers, strings, lists and NumPy arrays become tensors: a
Python float is a
float32, an int an int32 (int64 where it does not fit), a NumPy array keeps its dtype, text becomes
`bytes` in an
object array. `make_tensor_proto` and `make_ndarray` write and read messages from it.
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, as_dtype
from tfsession.protos import TensorProto
from tfsession.shapes import Dimension, as_shape

Array = np.ndarray[Any, np.dtype[Any]]

_LIMIT_BYTES = 1 << 31

# ---- What may stand for an element of which dtype ----

_INTEGRAL = (numbers.Integral, np.integer, Dimension)
_REAL = (numbers.Real, np.integer, np.floating)
_COMPLEX = (numbers.Complex, np.number)


def _accepted(dtype: DType) -> tuple[type, ...]:
    if dtype.is_integer:
        return _INTEGRAL
    if dtype.is_floating:
        return _REAL
    if dtype.is_complex:
        return _COMPLEX
    if dtype.is_bool:
        return (bool, np.bool_)
    return (str, bytes) if dtype is dtypes.string else (object,)


_ACCEPTED = {
    dtype: _accepted(dtype) for dtype in map(DType, range(1, 24)) if not dtype.is_quantized
}
# The exact Python types among them, which are looked up without an isinstance.
_PLAIN: dict[DType, frozenset[type]] = {
    dtype: frozenset(t for t in (bool, int, float, complex, str, bytes) if issubclass(t, accepted))
    for dtype, accepted in _ACCEPTED.items()
}
_NO_MISMATCH = object()


def _mismatch(value: Any, plain: frozenset[type], accepted: tuple[type, ...]) -> Any:
    """Returns the first element that is of none of the accepted types; _NO_MISMATCH if all are."""
    if isinstance(value, (list, tuple)):
        for element in value:
            if type(element) not in plain:
                found = _mismatch(element, plain, accepted)
                if found is not _NO_MISMATCH:
                    return found
        return _NO_MISMATCH
    if type(value) in plain or isinstance(value, accepted):
        return _NO_MISMATCH
    if isinstance(value, np.ndarray):
        return _mismatch(value.tolist(), plain, accepted)
    return value


def _quantized_mismatch(value: Any) -> Any:
    """Elements of quantized types are tuples of one number."""
    if isinstance(value, tuple) and not any(isinstance(x, (list, tuple)) for x in value):
        return _NO_MISMATCH
    if not isinstance(value, (list, tuple)):
        return value
    found = (_quantized_mismatch(element) for element in value)
    return next((element for element in found if element is not _NO_MISMATCH), _NO_MISMATCH)


def _check_elements(values: Any, dtype: DType) -> None:
    if dtype.is_quantized:
        found = _quantized_mismatch(values)
    else:
        found = _mismatch(values, _PLAIN[dtype], _ACCEPTED[dtype])
    if found is not _NO_MISMATCH:
        # NumPy 2 writes np.float32(1.5) where the message has always had 1.5.
        shown = found.item() if isinstance(found, np.generic) else found
        raise TypeError(
            f"Expected {dtype.name}, got {shown!r} of type '{type(found).__name__}' instead."
        )


# ---- Values to arrays ----


def to_array(values: Any, dtype: DType | None = None, shape: Sequence[int] | None = None) -> Array:
    """Returns a new array of a tensor's value.

    Args:
      values: a Python number, bool, str or bytes, a list or tuple of such, nested evenly, or
        anything NumPy reads.
      dtype: of the result; None: NumPy values keep theirs, Python's become float32, int32 (int64
        where a number does not
        fit), complex128, bool or string.
      shape: of the result; where `values` has fewer elements, its last one fills the rest.

    Returns:
      an array in C order and native byte order, of `dtype.numpy`; strings are `bytes` in an object
      array. It shares no
      memory with `values`.

    Raises:
      ValueError: `values` is None, is not evenly nested, or has more elements than `shape`.
      TypeError: an element is not of `dtype`, or of no type that a tensor has.

    Source: TensorFlow 1.15, python/framework/tensor_util.py `make_tensor_proto`.

    >>> to_array(1.5).dtype, to_array([1, 2]).dtype, to_array("a").item()
    (dtype('float32'), dtype('int32'), b'a')
    """
    if dtype is not None and dtype.is_ref_dtype:
        dtype = dtype.base_dtype
    array = _elements_of_values(values, dtype, shape)
    if shape is None or array.shape == tuple(shape):
        return array
    return _fill(array, tuple(int(size) for size in shape))


def _fill(array: Array, shape: tuple[int, ...]) -> Array:
    count = int(np.prod(shape, dtype=np.int64))
    if array.size > count:
        raise ValueError(
            f"Too many elements provided. Needed at most {count}, but received {array.size}"
        )
    if array.size == count:
        return array.reshape(shape)
    filled = np.empty(count, array.dtype)
    filled[: array.size] = array.ravel()
    filled[array.size :] = array.flat[-1] if array.size else _zero(array.dtype)
    return filled.reshape(shape)


def _zero(dtype: np.dtype[Any]) -> Any:
    return b"" if dtype.hasobject else np.zeros((), dtype)[()]


def _given_elements(values: Any, dtype: DType | None, shape: Sequence[int] | None) -> Array:
    """Returns the array of the elements that `values` has, before `shape` is filled."""
    if shape is not None and 0 in shape and not isinstance(values, (np.ndarray, np.generic)):
        if values is None:
            raise ValueError("None values not supported.")
        return np.empty(tuple(shape), np.float32 if dtype is None else dtype.numpy)
    kind = type(values)
    if kind is float and dtype is None:
        return np.array(values, np.float32)
    if kind is int and dtype is None and -0x80000000 <= values <= 0x7FFFFFFF:
        return np.array(values, np.int32)
    if values is None:
        raise ValueError("None values not supported.")
    if isinstance(values, (np.ndarray, np.generic)) or _is_array(values):
        return _numpy_elements(np.asarray(values), dtype)
    if dtype is not None:
        _check_elements(values, dtype)
    return _python_elements(values, dtype)


def _is_array(values: Any) -> bool:
    return hasattr(values, "__array__") or hasattr(values, "__array_interface__")


def _numpy_elements(array: Array, dtype: DType | None) -> Array:
    if dtype is None:
        dtype = as_dtype(array.dtype)
    if dtype is dtypes.string:
        return _bytes_array(array.ravel().tolist(), array.shape)
    if dtype.is_quantized and array.dtype.names is None:
        return array.astype(dtype.numpy[0], order="C").view(dtype.numpy)
    return np.array(array, dtype.numpy, order="C")


def _python_elements(values: Any, dtype: DType | None) -> Array:
    if dtype is dtypes.string or (dtype is None and isinstance(values, (str, bytes))):
        return _string_elements(values)
    wanted = None if dtype is None else dtype.numpy
    try:
        array = np.array(values, wanted)
    except OverflowError:
        # Integers wrap around, as C's do; one beyond 64 bits stays an error.
        whole = np.array(values)
        if whole.dtype.hasobject:
            raise
        array = whole.astype(wanted)
    except ValueError:
        _check_dense(values, _even_shape(values))
        if dtype is None:
            raise _no_tensor(values) from None
        raise
    if dtype is None or not dtype.is_quantized:
        _check_dense(values, array.shape)
    if dtype is not None:
        return array
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64:
        narrow = array.astype(np.int32)
        return narrow if bool((narrow == array).all()) else array
    if array.dtype.kind in "OSU":
        return _string_elements(values)
    as_dtype(array.dtype)
    return array


def _string_elements(values: Any) -> Array:
    """Reads the strings themselves: NumPy's own string types drop zero bytes at the end."""
    shape = _even_shape(values)
    _check_dense(values, shape)
    try:
        return _bytes_array(list(_flatten(values)), shape)
    except (TypeError, ValueError):
        raise _no_tensor(values) from None


def _no_tensor(values: Any) -> TypeError:
    return TypeError(
        f"Failed to convert object of type {type(values)} to Tensor. Contents: {values}. "
        "Consider casting elements to a supported type."
    )


def _bytes_array(elements: list[Any], shape: tuple[int, ...]) -> Array:
    array = np.empty(len(elements), object)
    for position, element in enumerate(elements):
        if isinstance(element, str):
            element = element.encode()
        elif not isinstance(element, bytes):
            raise TypeError(f"Expected binary or unicode string, got {element!r}")
        array[position] = element
    return array.reshape(shape)


def _flatten(values: Any) -> Iterator[Any]:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, (list, tuple)):
        for element in values:
            yield from _flatten(element)
    else:
        yield values


def _even_shape(values: Any) -> tuple[int, ...]:
    """Returns the sizes of the outer levels up to the first that is uneven."""
    if isinstance(values, np.ndarray):
        return tuple(values.shape)
    if not isinstance(values, (list, tuple)):
        return ()
    inner = [_even_shape(element) for element in values]
    common = inner[0] if inner else ()
    for shape in inner[1:]:
        equal = 0
        while equal < min(len(common), len(shape)) and common[equal] == shape[equal]:
            equal += 1
        common = common[:equal]
    return (len(values), *common)


def _check_dense(values: Any, shape: tuple[int, ...]) -> None:
    """Compares an array's shape with the sizes along the first elements of `values`."""
    wanted: list[int] = []
    first = values
    while isinstance(first, (list, tuple)):
        wanted.append(len(first))
        if not first:
            break
        first = first[0]
    if isinstance(first, (np.ndarray, bytearray, memoryview)):
        wanted += np.asarray(first).shape
    if list(shape) != wanted:
        raise ValueError(
            f"Argument must be a dense tensor: {values} - got shape {list(shape)}, "
            f"but wanted {wanted}."
        )


# ---- Arrays to messages ----

# Types whose arrays go into tensor_content; the others are listed one by one.
_CONTENT_TYPES = frozenset(
    map(
        as_dtype,
        "float16 float32 float64 int8 int16 int32 int64 uint8 uint32 uint64".split()
        + "qint8 quint8 qint16 quint16 qint32 bfloat16".split(),
    )
)


def _numbers(array: Array) -> list[Any]:
    values: list[Any] = array.tolist()
    return values


def _patterns(array: Array) -> list[Any]:
    return _numbers(array.view(np.uint16))


def _parts(array: Array) -> list[Any]:
    return _numbers(array.view(array.real.dtype))


def _plain_numbers(array: Array) -> list[Any]:
    return [value[0] for value in array.tolist()]


# DType -> the list field of TensorProto, and its entries for a flat array.
_FIELDS: dict[DType, tuple[str, Callable[[Array], list[Any]]]] = {
    dtypes.float16: ("half_val", _patterns),
    dtypes.bfloat16: ("half_val", _patterns),
    dtypes.float32: ("float_val", _numbers),
    dtypes.float64: ("double_val", _numbers),
    **dict.fromkeys(
        (dtypes.int8, dtypes.int16, dtypes.int32, dtypes.uint8, dtypes.uint16),
        ("int_val", _numbers),
    ),
    **{
        dtype: ("int_val", _plain_numbers)
        for dtype in dtypes.QUANTIZED_DTYPES
        if not dtype.is_ref_dtype
    },
    dtypes.int64: ("int64_val", _numbers),
    dtypes.uint32: ("uint32_val", _numbers),
    dtypes.uint64: ("uint64_val", _numbers),
    dtypes.bool: ("bool_val", _numbers),
    dtypes.complex64: ("scomplex_val", _parts),
    dtypes.complex128: ("dcomplex_val", _parts),
    dtypes.string: ("string_val", _numbers),
}


def _elements_of_values(values: Any, dtype: DType | None, shape: Any) -> np.ndarray:
    try:
        return _given_elements(values, dtype, shape)
    except NotImplementedError:
        # What a Tensor says that is asked for its numbers.
        raise TypeError("List of Tensors when single Tensor expected") from None


def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> TensorProto:
    """Returns `values` as a TensorProto.

    Args:
      values: as of `to_array`; a TensorProto returns unchanged.
      dtype: of the tensor, anything `as_dtype` accepts; None: that of `values`.
      shape: of the tensor, sizes; None: that of `values`. A reader repeats the last value where
        there are fewer.
      verify_shape: require that `values` has just this shape.
      allow_broadcast: require that `values` has one element or as many as `shape`.

    Raises:
      TypeError: an element is not of `dtype`, or the shapes differ where they must not.
      ValueError: `values` is None or not evenly nested, has more elements than `shape`, takes 2 GiB
        or more, or both
        `verify_shape` and `allow_broadcast` are set.

    Source: TensorFlow 1.15, python/framework/tensor_util.py `make_tensor_proto`.

    >>> make_tensor_proto([True, False]).bool_val
    [True, False]
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if isinstance(values, TensorProto):
        return values
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    sizes = None if shape is None else tuple(int(size) for size in shape)
    array = _elements_of_values(values, wanted, sizes)
    element_type = wanted or as_dtype(array.dtype)
    if element_type not in _FIELDS:
        raise TypeError(f"Incompatible types: {element_type} vs. {array.dtype}. Value is {values}")
    if sizes is None:
        sizes = array.shape
    else:
        _check_size(array, sizes, verify_shape, allow_broadcast)

    message = TensorProto(
        dtype=element_type.as_datatype_enum,  # type: ignore[arg-type]  # a number
        tensor_shape=as_shape(sizes).as_proto(),
    )
    is_whole = array.size == int(np.prod(sizes, dtype=np.int64))
    if is_whole and array.size > 1 and element_type in _CONTENT_TYPES:
        if array.nbytes >= _LIMIT_BYTES:
            raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
        message.tensor_content = array.tobytes()
    else:
        field, entries = _FIELDS[element_type]
        getattr(message, field).extend(entries(array.reshape(-1)))
    return message


def _check_size(
    array: Array, shape: tuple[int, ...], verify_shape: bool, allow_broadcast: bool
) -> None:
    count = int(np.prod(shape, dtype=np.int64))
    is_single = array.shape in ((), (1,))
    if (allow_broadcast and not is_single and array.size != count) or (
        verify_shape and array.shape != shape
    ):
        raise TypeError(f"Expected Tensor's shape: {shape}, got {array.shape}.")
    if array.size > count:
        raise ValueError(
            f"Too many elements provided. Needed at most {count}, but received {array.size}"
        )


def listed_elements(array: Array, dtype: DType) -> TensorProto:
    """Returns a TensorProto with the elements of an array one by one, and nothing else.

    Raises:
      TypeError: the dtype has no values in messages.
    """
    if dtype not in _FIELDS:
        raise TypeError(f"Unsupported tensor type: {dtype.name}")
    message = TensorProto()
    field, entries = _FIELDS[dtype]
    getattr(message, field).extend(entries(array.reshape(-1)))
    return message


# ---- Messages to arrays ----


def listed_count(message: TensorProto, dtype: DType) -> int:
    """How many elements of a dtype a TensorProto lists one by one."""
    if dtype not in _FIELDS:
        return 0
    return len(getattr(message, _FIELDS[dtype][0])) // (2 if dtype.is_complex else 1)


def make_ndarray(tensor: TensorProto) -> Array:
    """Returns the value of a TensorProto as a new, writable array.

    A list that is shorter than the tensor repeats its last value; an empty one stands for zeros or
    empty strings.

    Raises:
      TypeError: the tensor is of a type without values, such as resource.
      ValueError: the shape is not known, or the message has more or other bytes than its shape.

    Source: TensorFlow 1.15, python/framework/tensor_util.py `MakeNdarray`.
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise ValueError(f"TensorProto: shape {as_shape(tensor.tensor_shape)} is not fully known")
    try:
        dtype = as_dtype(int(tensor.dtype)).base_dtype
        field, _ = _FIELDS[dtype]
    except (KeyError, TypeError):
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}") from None
    _check_memory(shape, dtype)
    if tensor.tensor_content and dtype is not dtypes.string:
        return np.frombuffer(tensor.tensor_content, dtype.numpy).reshape(shape).copy()
    elements = getattr(tensor, field)
    if dtype is dtypes.string:
        return _fill(_bytes_array(list(elements), (len(elements),)), shape)
    # Bit patterns of 16-bit floats, parts of complex numbers and the numbers inside quantized
    # values become elements by view.
    if field == "half_val":
        return _fill(np.array(elements, np.int32).astype(np.uint16).view(dtype.numpy), shape)
    if dtype.is_complex:
        return _fill(np.array(elements, dtype.real_dtype.numpy).view(dtype.numpy), shape)
    if dtype.is_quantized:
        return _fill(np.array(elements, np.int64).astype(dtype.numpy[0]).view(dtype.numpy), shape)
    stored_type = np.dtype(np.int64) if field == "int_val" else dtype.numpy
    return _fill(np.array(elements, stored_type).astype(dtype.numpy), shape)


def _check_memory(shape: tuple[int, ...], dtype: DType) -> None:
    """Raises ValueError where a value, which a message may repeat, is larger than all memory."""
    size = math.prod(shape) * dtype.numpy.itemsize
    if size > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"):
        raise ValueError(f"TensorProto: shape {list(shape)} needs {size} bytes")


MakeNdarray = make_ndarray


def is_tensor_proto(value: Any) -> bool:
    """Whether `value` is a TensorProto."""
    return isinstance(value, TensorProto)
