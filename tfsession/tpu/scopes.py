"""`tf.tpu.bfloat16_scope`: variables that are kept as float32 and read as bfloat16."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tfsession.dtypes import bfloat16, float32
from tfsession.ops.math import cast
from tfsession.variables.scope import variable_scope

__all__ = ["bfloat16_scope"]


@contextlib.contextmanager
def bfloat16_scope() -> Iterator[Any]:
    """A variable scope in which `get_variable` keeps what is asked for as bfloat16 as float32.

    Yields:
      The variable scope; a variable of bfloat16 is a cast of one of float32.

    Source: TensorFlow 1.15 `tf.tpu.bfloat16_scope`.
    """
    with variable_scope("", custom_getter=_getter) as scope:
        yield scope


def _getter(getter: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    asked = named["dtype"]
    if asked == bfloat16:
        named["dtype"] = float32
    variable = getter(*arguments, **named)
    if asked != variable.dtype.base_dtype:
        variable = cast(variable, asked)
    return variable
