"""Matrix products on the GPU: a thin binding of cuBLAS that works inside CUDA graph capture.

CuPy refuses every library call while a stream captures, gives cuBLAS no workspace of ours, and
casts batches of half precision up. This binding has one handle and one workspace per stream,
and the same code runs eagerly and captured.
"""

from __future__ import annotations

import ctypes
import glob
import importlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tfsession.devices.device import Array
from tfsession.devices.stream import current_stream

_NO_TRANSPOSE, _TRANSPOSE = 0, 1  # cublasOperation_t
_DEFAULT_MATH = 0  # cublasMath_t
_DEFAULT_ALGORITHM = -1  # cublasGemmAlgo_t
_COMPUTE_32F, _COMPUTE_32F_FAST_TF32, _COMPUTE_64F = 68, 77, 70  # cublasComputeType_t

#: Workspace in bytes that NVIDIA recommends from Hopper on, and before.
WORKSPACE_HOPPER = 32 << 20
WORKSPACE_BEFORE_HOPPER = 4 << 20


@dataclass(frozen=True)
class _Type:
    """How cuBLAS names a dtype: cudaDataType_t, compute type, and the layout of alpha and beta."""

    code: int
    compute: int
    scalar: type[ctypes.c_float] | type[ctypes.c_double]
    complex: bool = False


_TYPES = {
    "float16": _Type(2, _COMPUTE_32F, ctypes.c_float),
    "bfloat16": _Type(14, _COMPUTE_32F, ctypes.c_float),
    "float32": _Type(0, _COMPUTE_32F, ctypes.c_float),
    "float64": _Type(1, _COMPUTE_64F, ctypes.c_double),
    "complex64": _Type(4, _COMPUTE_32F, ctypes.c_float, complex=True),
    "complex128": _Type(5, _COMPUTE_64F, ctypes.c_double, complex=True),
}


class CublasError(RuntimeError):
    """A call of cuBLAS failed; `status` is its cublasStatus_t."""

    def __init__(self, function: str, status: int) -> None:
        super().__init__(f"{function} failed with cublasStatus_t {status}")
        self.status = status


# ---- row-major arrays for a column-major library ----


@dataclass(frozen=True)
class Layout:
    """A matrix in memory as BLAS sees it.

    Attributes:
      transposed: whether its columns rather than its rows are contiguous.
      leading: elements from one row (or column) to the next.
    """

    transposed: bool
    leading: int


def layout(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> Layout | None:
    """Returns how BLAS can read a matrix in place, or None where it must be copied first.

    Args:
      shape: rows and columns.
      strides: bytes from row to row and from column to column.
      itemsize: bytes of an element.
    """
    rows, columns = shape
    if any(stride % itemsize for stride in strides):
        return None
    row, column = (stride // itemsize for stride in strides)
    # The stride of a dimension of one element means nothing.
    if (columns <= 1 or column == 1) and (rows <= 1 or row >= max(1, columns)):
        return Layout(False, row if rows > 1 else max(1, columns))
    if (rows <= 1 or row == 1) and (columns <= 1 or column >= max(1, rows)):
        return Layout(True, column if columns > 1 else max(1, rows))
    return None


@dataclass(frozen=True)
class GemmCall:
    """Arguments of a column-major GEMM, `out = op(first) op(second)`.

    `op(first)` is [rows, inner] and `op(second)` [inner, columns].
    """

    transpose_first: bool
    transpose_second: bool
    rows: int
    columns: int
    inner: int
    leading_first: int
    leading_second: int
    leading_out: int


def column_major_call(
    rows: int,
    columns: int,
    inner: int,
    a: Layout,
    b: Layout,
    out_leading: int,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> GemmCall:
    """Returns the call that computes the row-major `out = op(a) op(b)` of shape [rows, columns].

    A row-major matrix is, read column-major, its own transpose. So `out^T = op(b)^T op(a)^T` is
    asked for: `b` comes first, rows and columns change places, and the flags stay as they are.

    ```
        row-major                            the same memory, column-major
        a [rows, inner]   b [inner, columns]      b^T [columns, inner]   a^T [inner, rows]
              └──── out [rows, columns]                └──── out^T [columns, rows]
    ```
    """
    return GemmCall(
        transpose_first=transpose_b != b.transposed,
        transpose_second=transpose_a != a.transposed,
        rows=columns,
        columns=rows,
        inner=inner,
        leading_first=b.leading,
        leading_second=a.leading,
        leading_out=out_leading,
    )


def product_shape(
    a: Sequence[int], b: Sequence[int], transpose_a: bool, transpose_b: bool
) -> tuple[int, int, int]:
    """Returns rows, columns and inner size of a product of two matrices.

    Raises:
      ValueError: the inner sizes differ.
    """
    rows, inner = (a[1], a[0]) if transpose_a else (a[0], a[1])
    inner_b, columns = (b[1], b[0]) if transpose_b else (b[0], b[1])
    if inner != inner_b:
        raise ValueError(
            f"gemm: {tuple(a)!r} and {tuple(b)!r} with transpose_a={transpose_a},"
            f" transpose_b={transpose_b} have inner sizes {inner} and {inner_b}; want the same"
        )
    return rows, columns, inner


# ---- the library ----

_library: Any = None
# Reentrant, because a handle may be collected, and closed, while this thread holds it.
_library_lock = threading.RLock()


def load_library() -> Any:
    """Returns cuBLAS of the CUDA version that CuPy was built for, loading it on first use.

    Raises:
      OSError: it is not installed; the message says how to install it.
    """
    global _library
    with _library_lock:
        if _library is None:
            library = _open_library()
            for name, types in _SIGNATURES.items():
                function = getattr(library, name)
                function.argtypes, function.restype = types, ctypes.c_int
            _library = library
        return _library


def _open_library() -> Any:
    from cupy.cuda import runtime

    major = runtime.runtimeGetVersion() // 1000
    tried: list[str] = []
    for path in _candidates(major):
        try:
            return ctypes.CDLL(path, mode=getattr(os, "RTLD_GLOBAL", 0))
        except OSError as error:
            tried.append(str(error))
    raise OSError(
        f"cuBLAS of CUDA {major} is not installed ({'; '.join(tried)});"
        f" install it with: pip install 'cupy-cuda{major}x[ctk]'"
    )


def _candidates(major: int) -> list[str]:
    """Returns where cuBLAS may be: what CuPy's own loader finds, NVIDIA's wheels, the system.

    Args:
      major: of the CUDA version. The loader takes the newest library of any; one of another major
        version does not go with CuPy's runtime, and may want a newer driver.
    """
    name = f"cublas64_{major}.dll" if os.name == "nt" else f"libcublas.so.{major}"
    found = []
    try:
        pathfinder = importlib.import_module("cuda.pathfinder")
        path = str(pathfinder.load_nvidia_dynamic_lib("cublas").abs_path)
        # The name may go on with the minor version.
        found += [path] if os.path.basename(path).startswith(name) else []
    except Exception:  # the loader is optional and raises its own errors where it finds nothing
        pass
    package = importlib.util.find_spec("nvidia")
    for folder in (package.submodule_search_locations or []) if package else []:
        for inside in (f"cu{major}/lib", f"cu{major}/bin/*", "cublas/lib", "cublas/bin"):
            found += glob.glob(os.path.join(folder, inside, name))
    return [*found, name]


_POINTER, _INT, _INT64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64

_SIGNATURES: dict[str, list[Any]] = {
    "cublasCreate_v2": [ctypes.POINTER(_POINTER)],
    "cublasDestroy_v2": [_POINTER],
    "cublasSetStream_v2": [_POINTER, _POINTER],
    "cublasSetWorkspace_v2": [_POINTER, _POINTER, ctypes.c_size_t],
    "cublasSetMathMode": [_POINTER, _INT],
    # handle, transa, transb, m, n, k, alpha, A, type, lda, B, type, ldb, beta, C, type, ldc, ...
    "cublasGemmEx_64": [
        *(_POINTER, _INT, _INT, _INT64, _INT64, _INT64, _POINTER),
        *(_POINTER, _INT, _INT64, _POINTER, _INT, _INT64, _POINTER, _POINTER, _INT, _INT64),
        *(_INT, _INT),
    ],
    # the same with a stride after each leading dimension, and the number of products
    "cublasGemmStridedBatchedEx_64": [
        *(_POINTER, _INT, _INT, _INT64, _INT64, _INT64, _POINTER),
        *(_POINTER, _INT, _INT64, _INT64, _POINTER, _INT, _INT64, _INT64, _POINTER),
        *(_POINTER, _INT, _INT64, _INT64, _INT64, _INT, _INT),
    ],
}


class Blas:
    """One cuBLAS handle, bound to one stream and one workspace.

    The handle never changes its stream: that would throw the workspace away, and cuBLAS would
    then allocate inside a capture.

    Attributes:
      allow_tf32: whether float32 and complex64 may lose bits on tensor cores; off by default.
    """

    def __init__(self, stream: int, workspace: int) -> None:
        """Makes a handle on the current GPU.

        Args:
          stream: raw pointer of a stream of the current GPU.
          workspace: bytes, taken from the current allocator.
        """
        import cupy

        self.allow_tf32 = False
        self._lock = threading.Lock()
        self._handle = _POINTER()
        self._workspace = cupy.cuda.alloc(workspace)
        self._call("cublasCreate_v2", ctypes.byref(self._handle))
        self._call("cublasSetStream_v2", self._handle, stream)
        self._call("cublasSetWorkspace_v2", self._handle, self._workspace.ptr, workspace)
        self._call("cublasSetMathMode", self._handle, _DEFAULT_MATH)

    def gemm(
        self,
        a: Array,
        b: Array,
        out: Array | None = None,
        transpose_a: bool = False,
        transpose_b: bool = False,
    ) -> Array:
        """Returns `op(a) op(b)` for two matrices of CuPy.

        Args:
          a: [rows, inner], or [inner, rows] with `transpose_a`; float16, bfloat16, float32,
            float64, complex64 or complex128.
          b: [inner, columns], or [columns, inner] with `transpose_b`; dtype of `a`.
          out: [rows, columns], C-contiguous, dtype of `a`; made where it is not given.

        Raises:
          ValueError: shapes, dtypes or `out` do not fit.
          TypeError: cuBLAS has no product of this dtype.
        """
        rows, columns, inner = product_shape(a.shape, b.shape, transpose_a, transpose_b)
        kind, out = _prepare(a, b, out, (rows, columns))
        if not out.size:
            return out
        if not inner:
            out.fill(0)
            return out
        a, layout_a = _readable(a)
        b, layout_b = _readable(b)
        call = column_major_call(
            rows, columns, inner, layout_a, layout_b, columns, transpose_a, transpose_b
        )
        one, zero = _scalars(kind)
        with self._lock:
            self._call(
                "cublasGemmEx_64",
                *(self._handle, int(call.transpose_first), int(call.transpose_second)),
                *(call.rows, call.columns, call.inner, one),
                *(b.data.ptr, kind.code, call.leading_first),
                *(a.data.ptr, kind.code, call.leading_second),
                *(zero, out.data.ptr, kind.code, call.leading_out),
                *(self._compute(kind), _DEFAULT_ALGORITHM),
            )
        return out

    def batched_gemm(
        self,
        a: Array,
        b: Array,
        out: Array | None = None,
        transpose_a: bool = False,
        transpose_b: bool = False,
    ) -> Array:
        """Returns `op(a[i]) op(b[i])` for every i; a batch of one serves for all of the other's.

        Args:
          a: [batch, rows, inner], or [batch, inner, rows] with `transpose_a`.
          b: [batch, inner, columns], or [batch, columns, inner] with `transpose_b`.
          out: [batch, rows, columns], C-contiguous; made where it is not given.

        Raises:
          ValueError: shapes, dtypes or `out` do not fit.
          TypeError: cuBLAS has no product of this dtype.
        """
        rows, columns, inner = product_shape(a.shape[1:], b.shape[1:], transpose_a, transpose_b)
        batch = a.shape[0] if b.shape[0] == 1 else b.shape[0]
        if a.shape[0] not in (1, batch):
            raise ValueError(
                f"batched_gemm: batches of {a.shape[0]} and {b.shape[0]}; want the same, or 1"
            )
        kind, out = _prepare(a, b, out, (batch, rows, columns))
        if not out.size:
            return out
        if not inner:
            out.fill(0)
            return out
        a, layout_a = _readable(a)
        b, layout_b = _readable(b)
        call = column_major_call(
            rows, columns, inner, layout_a, layout_b, columns, transpose_a, transpose_b
        )
        one, zero = _scalars(kind)
        with self._lock:
            self._call(
                "cublasGemmStridedBatchedEx_64",
                *(self._handle, int(call.transpose_first), int(call.transpose_second)),
                *(call.rows, call.columns, call.inner, one),
                *(b.data.ptr, kind.code, call.leading_first, _batch_stride(b)),
                *(a.data.ptr, kind.code, call.leading_second, _batch_stride(a)),
                *(zero, out.data.ptr, kind.code, call.leading_out, rows * columns, batch),
                *(self._compute(kind), _DEFAULT_ALGORITHM),
            )
        return out

    def close(self) -> None:
        """Destroys the handle and drops the workspace; a second call does nothing."""
        with self._lock:
            if self._handle:
                self._call("cublasDestroy_v2", self._handle)
                self._handle = _POINTER()
                self._workspace = None

    def __del__(self) -> None:
        # A session that is collected without being closed; a driver that has gone is no matter.
        with suppress(Exception):
            self.close()

    def _compute(self, kind: _Type) -> int:
        fast = self.allow_tf32 and kind.code in (0, 4)
        return _COMPUTE_32F_FAST_TF32 if fast else kind.compute

    @staticmethod
    def _call(function: str, *arguments: Any) -> None:
        status = getattr(load_library(), function)(*arguments)
        if status:
            raise CublasError(function, status)


def _prepare(a: Array, b: Array, out: Array | None, shape: tuple[int, ...]) -> tuple[_Type, Array]:
    if a.dtype != b.dtype:
        raise ValueError(f"gemm: dtypes {a.dtype.name} and {b.dtype.name}; want the same")
    kind = _TYPES.get(a.dtype.name)
    if kind is None:
        raise TypeError(f"gemm: dtype {a.dtype.name!r}; want one of {', '.join(_TYPES)}")
    if out is None:
        import cupy

        return kind, cupy.empty(shape, a.dtype)
    if out.shape != shape or out.dtype != a.dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"gemm: out of shape {out.shape!r} and dtype {out.dtype.name};"
            f" want a C-contiguous {shape!r} of {a.dtype.name}"
        )
    return kind, out


def _readable(array: Array) -> tuple[Array, Layout]:
    """Returns the array, or a contiguous copy of it, with its layout."""
    found = layout(array.shape[-2:], array.strides[-2:], array.itemsize)
    stepped = array.ndim == 3 and (array.strides[0] % array.itemsize or array.strides[0] < 0)
    if found is None or stepped:
        array = array.copy(order="C")
        found = Layout(False, max(1, array.shape[-1]))
    return array, found


def _batch_stride(array: Array) -> int:
    return 0 if array.shape[0] == 1 else array.strides[0] // array.itemsize


def _scalars(kind: _Type) -> tuple[Any, Any]:
    """Returns alpha = 1 and beta = 0 in host memory, with an imaginary part where there is one."""
    pair = kind.scalar * 2
    return pair(1, 0), pair(0, 0)


# ---- for kernels ----


class _Loose(threading.local):
    """Handles for streams outside of any session, one per thread, GPU and stream."""

    def __init__(self) -> None:
        self.handles: dict[tuple[int, int], Blas] = {}


_loose = _Loose()


def current() -> Blas:
    """Returns the handle of this thread's current stream."""
    stream = current_stream()
    if stream is not None:
        handle: Blas = stream.blas
        return handle
    import cupy

    key = (cupy.cuda.runtime.getDevice(), cupy.cuda.get_current_stream().ptr)
    if key not in _loose.handles:
        _loose.handles[key] = Blas(key[1], WORKSPACE_BEFORE_HOPPER)
    return _loose.handles[key]


def gemm(
    a: Array,
    b: Array,
    out: Array | None = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Array:
    """Does `Blas.gemm` on the current stream."""
    return current().gemm(a, b, out, transpose_a, transpose_b)


def batched_gemm(
    a: Array,
    b: Array,
    out: Array | None = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Array:
    """Does `Blas.batched_gemm` on the current stream."""
    return current().batched_gemm(a, b, out, transpose_a, transpose_b)
