"""A stand-in for CuPy on machines without a GPU that is as strict as CuPy, or stricter.

It computes with NumPy, and refuses what CuPy lacks: names, parameters, loops of ufuncs, arrays of
NumPy where one of the GPU is needed, implicit copies to the host. What makes the host wait for the
GPU is noted, because a captured step must not do that. What CuPy offers is read from
golden/cupy_names.txt.
"""

from __future__ import annotations

import contextlib
import functools
import operator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np

FILE = Path(__file__).parent / "golden" / "cupy_names.txt"

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)

# Element types that the atomics behind `ufunc.at` know, as CuPy 14.2 has them.
_ATOMIC = {"add": "ilqILQefd", "subtract": "iI", "maximum": "ilqILQfd", "minimum": "ilqILQfd"}

#: What made the host wait since the list was last cleared.
waits: list[str] = []


@functools.cache
def offered() -> dict[str, tuple[str, str]]:
    """Name: kind and what it takes."""
    table = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        name, kind, detail = (*line.split("\t"), "")[:3]
        table[name] = (kind, detail)
    return table


@functools.cache
def _binder(parameters: str) -> Any:
    """A function of these parameters that does nothing."""
    if parameters == "?":
        return lambda *args, **kwargs: None
    scope: dict[str, Any] = {}
    exec(f"def bind{parameters}: pass", scope)
    return scope["bind"]


def _letter(dtype: np.dtype) -> str:
    return "E" if dtype == BFLOAT16 else dtype.char


def _dtype(letter: str) -> np.dtype:
    return BFLOAT16 if letter == "E" else np.dtype(letter)


def plain(value: Any) -> Any:
    """The value with NumPy's arrays in place of ours."""
    if isinstance(value, CupyArray):
        return value._array
    if isinstance(value, (tuple, list)):
        return type(value)(plain(v) for v in value)
    return value


def ours(value: Any) -> Any:
    """The value with our arrays in place of NumPy's; CuPy has arrays of rank 0, not scalars."""
    if isinstance(value, (np.ndarray, np.generic)):
        return CupyArray(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(ours(v) for v in value)
    return [ours(v) for v in value] if isinstance(value, list) else value


def _check_operand(name: str, value: Any) -> None:
    if isinstance(value, np.ndarray):
        raise TypeError(f"{name}: Unsupported type {type(value)}")


def call_ufunc(name: str, *inputs: Any, **options: Any) -> Any:
    """Calls the ufunc if CuPy has a loop for the inputs."""
    kind, loops = offered().get(name, ("", ""))
    if kind != "ufunc":
        raise AttributeError(f"cupy has no ufunc {name!r}")
    if set(options) - {"out", "dtype", "casting"}:
        raise TypeError(f"{name}: wrong arguments {sorted(options)}")
    out = options.get("out")
    for value in (*inputs, out):
        _check_operand(name, value)
    if out is not None and not isinstance(out, CupyArray):
        raise TypeError(f"{name}: return arrays must be of CuPy")
    letters = [_letter(x.dtype) for x in inputs if isinstance(x, (CupyArray, np.generic))]
    strong = "".join(letters)

    def fits(loop: str) -> bool:
        wanted = loop.partition("->")[0]
        if len(letters) < len(inputs):
            # Python's numbers take the type of the others.
            return any(np.can_cast(_dtype(a), _dtype(b)) for a in strong for b in wanted)
        return all(np.can_cast(_dtype(a), _dtype(b)) for a, b in zip(strong, wanted, strict=False))

    if strong and "dtype" not in options and not any(fits(loop) for loop in loops.split()):
        raise TypeError(f"{name}: no loop of {loops} for {strong}")
    return _called(getattr(np, name), *inputs, **options)


def _called(function: Any, *inputs: Any, **options: Any) -> Any:
    result = function(*plain(inputs), **{k: plain(v) for k, v in options.items()})
    out = options.get("out")
    return out if out is not None else ours(result)


class CupyArray:
    """An array in the memory of a GPU."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, array: np.ndarray) -> None:
        if array.dtype.hasobject:
            raise TypeError("cupy: Unsupported dtype object")
        self._array = array

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__":
            raise NotImplementedError(f"numpy.{ufunc.__name__}.{method} of a CuPy array")
        if isinstance(options.get("out"), tuple):
            (options["out"],) = options["out"]
        return call_ufunc(ufunc.__name__, *inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return getattr(module, function.__name__)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        kind, detail = offered().get(f"ndarray.{name}", ("", ""))
        if not kind:
            raise AttributeError(f"cupy.ndarray has no {name!r}")
        if kind == "value":
            return ours(getattr(self._array, name))

        def method(*args: Any, **kwargs: Any) -> Any:
            if name not in ("reshape", "transpose", "view"):
                _binder(detail)(self, *args, **kwargs)
            if name in ("tolist", "item", "get", "tobytes"):
                waits.append(name)
                return getattr(self._array, name)(*args, **kwargs)
            if name == "nonzero":
                waits.append(name)
            for value in (*args, *kwargs.values()):
                _check_operand(name, value)
            return _called(getattr(self._array, name), *args, **kwargs)

        return method

    @property
    def real(self) -> Any:
        """The real part, which can be assigned."""
        return CupyArray(self._array.real)

    @real.setter
    def real(self, value: Any) -> None:
        self._array.real = plain(value)

    @property
    def imag(self) -> Any:
        """The imaginary part, which can be assigned."""
        return CupyArray(self._array.imag)

    @imag.setter
    def imag(self, value: Any) -> None:
        self._array.imag = plain(value)

    def _index(self, index: Any) -> Any:
        for entry in index if isinstance(index, tuple) else (index,):
            if isinstance(entry, (list, np.ndarray)):
                waits.append("index of the host")
            if isinstance(entry, CupyArray) and entry.dtype == np.bool_:
                waits.append("boolean mask")
        return plain(index)

    def __getitem__(self, index: Any) -> Any:
        return ours(self._array[self._index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(value, np.ndarray) and value.ndim:
            raise TypeError(f"cupy: Unsupported type {type(value)}")
        self._array[self._index(index)] = plain(value)

    def __len__(self) -> int:
        return len(self._array)

    def __bool__(self) -> bool:
        waits.append("bool")
        return bool(self._array)

    def __int__(self) -> int:
        waits.append("int")
        return int(self._array)

    def __float__(self) -> float:
        waits.append("float")
        return float(self._array)

    def __index__(self) -> int:
        waits.append("index")
        return operator.index(self._array)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"CupyArray({self._array!r})"


_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
    "floordiv": "floor_divide", "mod": "remainder", "pow": "power", "and": "bitwise_and",
    "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
_COMPARISONS = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
    "ne": "not_equal",
}  # fmt: skip
_UNARY = {"neg": "negative", "abs": "absolute", "invert": "invert", "pos": "positive"}


def _define_operators() -> None:
    def both(name: str) -> Any:
        return lambda self, other: call_ufunc(name, self, other)

    def reflected(name: str) -> Any:
        return lambda self, other: call_ufunc(name, other, self)

    def in_place(name: str) -> Any:
        return lambda self, other: call_ufunc(name, self, other, out=self)

    for short, name in {**_OPERATORS, **_COMPARISONS}.items():
        setattr(CupyArray, f"__{short}__", both(name))
    for short, name in _OPERATORS.items():
        setattr(CupyArray, f"__r{short}__", reflected(name))
        setattr(CupyArray, f"__i{short}__", in_place(name))
    for short, name in _UNARY.items():
        setattr(CupyArray, f"__{short}__", functools.partialmethod(_unary, name))
    CupyArray.__matmul__ = lambda self, other: module.matmul(self, other)  # type: ignore[attr-defined]


def _unary(self: CupyArray, name: str) -> Any:
    return call_ufunc(name, self)


class _Ufunc:
    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return call_ufunc(self.__name__, *inputs, **options)

    def at(self, array: CupyArray, indices: Any, values: Any = None) -> None:
        """Atomic updates."""
        letters = _ATOMIC.get(self.__name__, "")
        if _letter(array.dtype) not in letters:
            raise TypeError(f"{self.__name__}.at of {array.dtype}")
        getattr(np, self.__name__).at(array._array, array._index(indices), plain(values))


# Functions that look at values on the host to know a shape.
_WAITING = {"nonzero", "flatnonzero", "argwhere", "unique", "bincount", "isin", "allclose"}


class _Linalg:
    """`cupy.linalg`; cuSOLVER takes no part in a captured step."""

    def __getattr__(self, name: str) -> Any:
        kind, detail = offered().get(f"linalg.{name}", ("", ""))
        if kind != "function":
            raise AttributeError(f"cupy.linalg has no {name!r}")

        def function(*args: Any, **kwargs: Any) -> Any:
            _binder(detail)(*args, **kwargs)
            waits.append(f"linalg.{name}")
            for value in args:
                _check_operand(name, value)
                if isinstance(value, CupyArray) and value.dtype.char not in "fdFD":
                    raise TypeError(f"linalg.{name} of {value.dtype}")
            return _called(getattr(np.linalg, name), *args, **kwargs)

        return function


class _Fft:
    """`cupy.fft`."""

    def __getattr__(self, name: str) -> Any:
        kind, detail = offered().get(f"fft.{name}", ("", ""))
        if kind != "function":
            raise AttributeError(f"cupy.fft has no {name!r}")

        def function(*args: Any, **kwargs: Any) -> Any:
            _binder(detail)(*args, **kwargs)
            for value in args:
                _check_operand(name, value)
            return _called(getattr(np.fft, name), *args, **kwargs)

        return function


_LINALG, _FFT = _Linalg(), _Fft()


class StrictCupy(ModuleType):
    """Stands for the module `cupy`."""

    ndarray = CupyArray

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        kind, detail = offered().get(name, ("", ""))
        if not kind:
            raise AttributeError(f"cupy has no {name!r}")
        if kind == "ufunc":
            return _Ufunc(name)
        if kind != "function":
            return getattr(np, name)

        def function(*args: Any, **kwargs: Any) -> Any:
            _binder(detail)(*args, **kwargs)
            if name in _WAITING or (name == "where" and len(args) == 1):
                waits.append(name)
            if name not in ("asarray", "array"):
                for value in (*args, *kwargs.values()):
                    for part in value if isinstance(value, (list, tuple)) else (value,):
                        _check_operand(name, part)
            if name in ("asarray", "array", "ascontiguousarray") and isinstance(
                args[0], (list, tuple, np.ndarray)
            ):
                waits.append(f"{name} of the host")
            kwargs.pop("blocking", None)
            if name == "where" and any(getattr(x, "dtype", None) == BFLOAT16 for x in args[1:]):
                # It has no loop for bfloat16, and takes that of float32.
                return ours(_called(np.where, *args)._array.astype(np.float32))
            if name in ("argsort", "sort"):
                kwargs.setdefault("kind", "stable")
            return _called(getattr(np, name), *args, **kwargs)

        function.__name__ = name
        return function

    @property
    def ogrid(self) -> Any:
        """Open grids."""
        return _OpenGrids()

    @property
    def linalg(self) -> Any:
        """Functions of cuSOLVER."""
        return _LINALG

    @property
    def fft(self) -> Any:
        """Functions of cuFFT."""
        return _FFT

    @property
    def lib(self) -> Any:
        """`lib.stride_tricks.as_strided` alone."""
        return SimpleNamespace(stride_tricks=SimpleNamespace(as_strided=_as_strided))


class _OpenGrids:
    def __getitem__(self, index: Any) -> Any:
        return ours(np.ogrid[index])


def _as_strided(x: CupyArray, shape: Any = None, strides: Any = None) -> CupyArray:
    return CupyArray(np.lib.stride_tricks.as_strided(x._array, shape, strides))


_define_operators()

module = StrictCupy("cupy")

#: Stands for the module `cupyx`; NumPy always raises where cuSOLVER reports an error.
more = SimpleNamespace(errstate=lambda linalg: contextlib.nullcontext())
