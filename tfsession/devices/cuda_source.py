"""The CUDA C++ sources in kernels/cuda/: what they offer, and how CuPy compiles it.

Each kernel is compiled when it is first asked for; CuPy keeps the binary on disk (in
``CUPY_CACHE_DIR``) for the next process. The table of kernels says all that can be asked for, so a
test compiles everything without a GPU.
"""

from __future__ import annotations

import difflib
import functools
import itertools
import re
from pathlib import Path
from types import ModuleType
from typing import Any

#: Flags of the compiler. CuPy adds the architecture, its own headers and ``-ftz=true``.
OPTIONS = ("-std=c++17",)

_FLOATS = ("__half", "__nv_bfloat16", "float", "double")
_SIZES = ("unsigned char", "unsigned short", "unsigned int", "unsigned long long", "Sixteen")
_INDICES = ("int", "long long")

# Source file: {kernel: choices for each template parameter, as alternatives of whole lists}.
_KERNELS: dict[str, dict[str, tuple[tuple[tuple[str, ...], ...], ...]]] = {
    "patches.cu": {
        "images_to_patches": ((_FLOATS,),),
        "patches_to_images": ((_FLOATS,),),
    },
    "pooling.cu": {
        "max_pool": ((_FLOATS,),),
        "max_pool_gradient": ((_FLOATS,),),
        "average_pool": ((_FLOATS,),),
        "average_pool_gradient": ((_FLOATS,),),
    },
    "random.cu": {
        "uniform": ((_FLOATS,),),
        "normal": ((_FLOATS,),),
        "truncated_normal": ((_FLOATS,),),
        "uniform_int32": ((),),
        "uniform_int64": ((),),
    },
    "rows.cu": {
        "softmax": ((_FLOATS,),),
        "log_softmax": ((_FLOATS,),),
        "cross_entropy": ((_FLOATS,),),
        "sparse_cross_entropy": ((_FLOATS, _INDICES),),
        "column_sums": (
            (("__half",), ("__half", "float")),
            (("__nv_bfloat16",), ("__nv_bfloat16", "float")),
            (("float",), ("__half", "__nv_bfloat16", "float")),
            (("double",), ("double",)),
        ),
    },
    "rows_by_index.cu": {
        "gather_rows": ((_SIZES, _INDICES),),
        "scatter_add_rows": (
            (("__half", "__nv_bfloat16"), ("float",), _INDICES),
            (("float",), ("float",), _INDICES),
            (("double",), ("double",), _INDICES),
            (("unsigned int",), ("unsigned int",), _INDICES),
            (("unsigned long long",), ("unsigned long long",), _INDICES),
        ),
        "assign_rows": ((_SIZES, ("long long",)),),
        "combine_rows": (
            (
                ("float", "double", "int", "long long"),
                ("long long",),
                ("Largest", "Smallest", "Product", "Quotient"),
            ),
        ),
        "one_hot": ((_SIZES, ("unsigned char", *_INDICES)),),
    },
}

_INCLUDE = re.compile(r'^#include "(.+)"$', re.MULTILINE)


def folder() -> Path:
    """The folder of the sources."""
    # Not at import: a device knows no kernels before one is asked for.
    from tfsession import kernels

    return Path(kernels.__path__[0]) / "cuda"


def sources() -> list[str]:
    """Names of the source files that have kernels."""
    return sorted(_KERNELS)


@functools.cache
def instantiations(source: str) -> tuple[str, ...]:
    """The name expressions of all kernels of a source file.

    >>> instantiations("patches.cu")[:2]
    ('images_to_patches<__half>', 'images_to_patches<__nv_bfloat16>')
    """
    expressions = []
    for name, alternatives in _KERNELS[source].items():
        for choices in alternatives:
            for types in itertools.product(*choices):
                expressions.append(f"{name}<{', '.join(types)}>" if types else name)
    return tuple(expressions)


@functools.cache
def read(source: str) -> str:
    """The text of a source file with our own headers in it, each once.

    CuPy's cache of binaries looks at this text alone, so a header must not be apart from it.
    """
    included: set[str] = set()

    def text_of(name: str) -> str:
        included.add(name)
        text = (folder() / name).read_text(encoding="utf-8")
        return _INCLUDE.sub(lambda m: "" if m[1] in included else text_of(m[1]), text)

    return text_of(source)


@functools.cache
def module(cupy: ModuleType, source: str, expression: str) -> Any:
    """The `cupy.RawModule` of one kernel; nothing is compiled before a function is taken from it.

    Args:
      cupy: the array library.
      source: file name, such as ``"pooling.cu"``.
      expression: the kernel with its template arguments, such as ``"max_pool<float>"``.

    Raises:
      ValueError: there is no such kernel.
    """
    offered = instantiations(source) if source in _KERNELS else ()
    if expression not in offered:
        near = difflib.get_close_matches(expression, offered, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"cuda_source: {source!r} has no kernel {expression!r}.{hint}")
    return cupy.RawModule(code=read(source), options=OPTIONS, name_expressions=(expression,))
