"""Calls of Python functions; they run on the CPU, as in TensorFlow."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.registry import kernel
from tfsession.resources.python_functions import function_of

Array = Any

# What an exception of Python becomes; the first that fits.
_ERRORS: tuple[tuple[type[BaseException], type[errors.OpError]], ...] = (
    (ValueError, errors.InvalidArgumentError),
    (TypeError, errors.InvalidArgumentError),
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
)

# TensorFlow's names of dtypes in messages, where they are not those of Python.
_NAMES = {"float16": "half", "float32": "float", "float64": "double"}


def _name(name: str) -> str:
    return _NAMES.get(name, name)


def _given(array: Array) -> Any:
    """An input as functions get it: arrays of their own, scalars as scalars."""
    return array[()] if array.ndim == 0 else array.copy()


def _called(token: str, arguments: list[Any]) -> Any:
    try:
        return function_of(token)(*arguments)
    except Exception as error:
        kind = next((to for of, to in _ERRORS if isinstance(error, of)), errors.UnknownError)
        trace = "".join(traceback.format_tb(error.__traceback__))
        text = f"{type(error).__name__}: {error}\nTraceback (most recent call last):\n\n{trace}"
        raise kind.of(text) from error


def _bytes_of(array: Array) -> Array:
    """An array of texts as one of bytes, of Python objects."""
    found = np.empty(array.shape, object)
    for index, text in np.ndenumerate(array):
        if not isinstance(text, (str, bytes)):
            raise errors.InternalError.of(f"Unsupported object type {type(text).__name__}")
        found[index] = text.encode() if isinstance(text, str) else bytes(text)
    return found


def _result(value: Any) -> Array:
    """What a function returned, as an array that nobody else writes to."""
    array = np.array(value, order="C")
    return _bytes_of(array) if array.dtype.kind in "OSU" else array


def _dtype_of(array: Array) -> str:
    return "string" if array.dtype.kind == "O" else _name(array.dtype.name)


@kernel("PyFunc", device="CPU")
@kernel("PyFuncStateless", device="CPU")
@kernel("EagerPyFunc", device="CPU")
def py_func(xp: Any, *input: Array, token: bytes, Tout: list[Any]) -> Any:
    """Calls the function and checks what it returns."""
    name = token.decode()
    returned = _called(name, [_given(array) for array in input])
    values = [] if returned is None else returned
    results = (
        [_result(value) for value in values]
        if isinstance(values, (list, tuple))
        else [_result(values)]
    )
    if len(results) != len(Tout):
        raise errors.InvalidArgumentError.of(
            f"{name} returns {len(results)} values, but expects to see {len(Tout)} values."
        )
    for number, (array, dtype) in enumerate(zip(results, Tout, strict=True)):
        if _dtype_of(array) != _name(dtype.name):
            raise errors.InvalidArgumentError.of(
                f"{number}-th value returned by {name} is {_dtype_of(array)}, "
                f"but expects {_name(dtype.name)}"
            )
    return results[0] if len(results) == 1 else tuple(results)
