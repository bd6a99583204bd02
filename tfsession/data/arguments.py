"""Arguments of `tf.data`, as the tensors that its ops take."""

from __future__ import annotations

from typing import Any

from tfsession.data import structure
from tfsession.dtypes import DType, bool as bool_type, int64, string
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, math
from tfsession.ops.indexing import where
from tfsession.ops.random import get_seed


def number(value: TensorLike, name: str) -> Tensor:
    return convert_to_tensor(value, int64, name=name)


def drops_remainder(value: TensorLike) -> Tensor:
    return convert_to_tensor(value, bool_type, name="drop_remainder")


def seeds_of(seed: int | None) -> tuple[Tensor, Tensor]:
    """The two seeds of a random order, as tensors; both 0 where there is none.

    The operations are those of TensorFlow: default seeds of others count them.
    """
    first, second = get_seed(seed)
    as_tensor = convert_to_tensor(0 if first is None else first, int64, name="seed")
    if second is None:
        return as_tensor, convert_to_tensor(0, int64, name="seed2")
    with name_scope("seed2") as scope:
        other = convert_to_tensor(second, int64)
        are_zero = math.logical_and(math.equal(as_tensor, 0), math.equal(other, 0))
        instead = convert_to_tensor(2**31 - 1, int64)
        return as_tensor, where(are_zero, instead, other, name=scope)


def optional(value: Any, default: Any, dtype: DType, name: str) -> Tensor:
    return convert_to_tensor(default if value is None else value, dtype, name=name)


def names_of_files(filenames: Any) -> Tensor:
    """Names, as a vector."""
    names = convert_to_tensor(filenames, string)
    flat: Tensor = array.reshape(names, [-1], name="flat_filenames")
    return flat


def batched(specs: Any, size: Tensor, drops: Tensor) -> Any:
    """The structure of batches, of known size where none is smaller."""
    known = constant_value(size)
    is_full = constant_value(drops)
    count = int(known) if known is not None and is_full is not None and is_full else None
    return structure.mapped(lambda spec: spec.batched(count), specs)
